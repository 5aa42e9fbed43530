import { objectIn, PDF, PNG, type Step } from '../steps.ts'
import type { Placed } from './grouped.ts'

const CONVERSE_BLOCKS = [
  { citationsContent: { content: [{ text: 'Found.' }], citations: [] } },
  { image: { format: 'png', source: { bytes: PNG } } },
  { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
  { futureContent: { a: 1 } },
]

export function converseBlock(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { text: step.text }],
        ...converseMedia('media' in step ? step.media : undefined).map((block) => ['user', block] as const),
      ]
    case 'answer':
      return [['assistant', { text: step.text }]]
    case 'thought':
      return [['assistant', { reasoningContent: { reasoningText: { text: step.text, signature: step.seal } } }]]
    case 'call':
      return [['assistant', { toolUse: { toolUseId: step.id, name: step.name, input: objectIn(step.args) } }]]
    case 'result': {
      const content = [{ text: step.text }, { json: { a: 1 } }, ...converseMedia(step.media)]
      return [['user', { toolResult: { toolUseId: step.id, content, status: 'error' } }]]
    }
    case 'native':
      return [['assistant', CONVERSE_BLOCKS[step.at % CONVERSE_BLOCKS.length]!]]
  }
}

const converseMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ image: { format: 'png', source: { bytes: PNG } } }]
    : kind === 'pdf'
      ? [{ document: { format: 'pdf', name: 'a', source: { bytes: PDF } } }]
      : kind === 'video'
        ? [{ video: { format: 'mp4', source: { bytes: 'AAAA' } } }]
        : []
