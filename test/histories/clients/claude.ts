import { objectIn, PDF, PNG, type Step } from '../steps.ts'
import type { Placed } from './grouped.ts'

const SERVER_BLOCKS = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
  { type: 'compaction', content: 'We spoke.' },
  { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} },
]

export function claudeBlock(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { type: 'text', text: step.text }],
        ...claudeMedia('media' in step ? step.media : undefined).map((block) => ['user', block] as const),
      ]
    case 'answer':
      return [['assistant', { type: 'text', text: step.text }]]
    case 'thought':
      return [['assistant', { type: 'thinking', thinking: step.text, signature: step.seal }]]
    case 'call':
      return [['assistant', { type: 'tool_use', id: step.id, name: step.name, input: objectIn(step.args) }]]
    case 'result':
      return [
        [
          'user',
          {
            type: 'tool_result',
            tool_use_id: step.id,
            is_error: step.text === '',
            content: [
              { type: 'text', text: step.text },
              { type: 'tool_reference', tool_name: 'ls' },
              ...claudeMedia(step.media),
            ],
          },
        ],
      ]
    case 'native':
      return [['assistant', SERVER_BLOCKS[step.at % SERVER_BLOCKS.length]!]]
  }
}

const claudeMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }]
    : kind === 'pdf'
      ? [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } }]
      : []
