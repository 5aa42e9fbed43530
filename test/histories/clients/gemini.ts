import { objectIn, PDF, PNG, type Step } from '../steps.ts'
import type { Placed } from './grouped.ts'

const GOOGLE_PARTS = [
  { executableCode: { language: 'PYTHON', code: '1' } },
  { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
  { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
  { inlineData: { mimeType: 'image/png', data: PNG }, thoughtSignature: 'U0lH' },
]

export function geminiPart(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { text: step.text }],
        ...geminiMedia('media' in step ? step.media : undefined).map((part) => ['user', part] as const),
      ]
    case 'answer':
      return [['assistant', { text: step.text }]]
    case 'thought':
      return [['assistant', { text: step.text, thought: true, thoughtSignature: 'U0lH' }]]
    case 'call':
      return [
        [
          'assistant',
          { functionCall: { name: step.name, args: objectIn(step.args), ...(step.isCustom && { id: step.id }) } },
        ],
      ]
    case 'result':
      return [
        [
          'user',
          {
            functionResponse: { name: 'ls', ...(step.text === '' && { id: step.id }), response: { output: step.text } },
          },
        ],
      ]
    case 'native':
      return [['assistant', GOOGLE_PARTS[step.at % GOOGLE_PARTS.length]!]]
  }
}

const geminiMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ inlineData: { mimeType: 'image/png', data: PNG } }]
    : kind === 'pdf'
      ? [{ inlineData: { mimeType: 'application/pdf', data: PDF } }]
      : kind === 'video'
        ? [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' } }]
        : []
