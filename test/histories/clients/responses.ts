import { PDF, PNG, type Step } from '../steps.ts'
import { url } from './chat.ts'

const HOSTED = [
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
  { type: 'mcp_call', id: 'mcp_1', server_label: 's', name: 'n', arguments: '{}', output: 'x' },
  { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAA' },
  { type: 'agent_message', author: 'a', content: [{ type: 'input_text', text: 'Done.' }] },
  { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'more', strict: false }] },
  { type: 'local_shell_call', call_id: 'sh_1', status: 'completed', action: { type: 'exec', command: ['ls'] } },
  { type: 'local_shell_call_output', call_id: 'sh_1', output: 'a.txt' },
  { type: 'tool_search_call', call_id: 'ts_1', arguments: {}, status: 'completed' },
  { type: 'tool_search_output', call_id: 'ts_1', tools: [{ type: 'function', name: 'found', strict: false }] },
  { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: PNG },
]

export function responsesItem(step: Step): object {
  switch (step.kind) {
    case 'user':
      return { role: 'user', content: [{ type: 'input_text', text: step.text }, ...responsesMedia(step.media)] }
    case 'system':
      return { role: 'developer', content: step.text }
    case 'answer':
      return {
        type: 'message',
        role: 'assistant',
        phase: 'final_answer',
        content: [{ type: 'output_text', text: step.text, annotations: [] }],
      }
    case 'thought':
      return {
        type: 'reasoning',
        id: 'rs_1',
        summary: step.text === '' ? [] : [{ type: 'summary_text', text: step.text }],
        ...(step.seal !== 'none' && { encrypted_content: step.seal }),
      }
    case 'call':
      return step.isCustom
        ? { type: 'custom_tool_call', call_id: step.id, name: 'patch', input: step.args }
        : {
            type: 'function_call',
            call_id: step.id,
            name: step.name,
            arguments: step.args,
            ...(step.name === 'look_up' && { namespace: 'mcp__docs' }),
          }
    case 'result':
      return {
        type: step.text === ' ' ? 'custom_tool_call_output' : 'function_call_output',
        call_id: step.id,
        output:
          step.media === 'image' ? [{ type: 'input_text', text: step.text }, ...responsesMedia('image')] : step.text,
      }
    case 'native':
      return HOSTED[step.at]!
  }
}

const responsesMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'input_image', image_url: url('image/png', PNG) }]
    : kind === 'pdf'
      ? [{ type: 'input_file', filename: 'a.pdf', file_data: url('application/pdf', PDF) }]
      : []
