import { PDF, PNG, type Step } from '../steps.ts'

export const url = (type: string, data: string) => `data:${type};base64,${data}`

export function chatMessage(step: Step): object[] {
  switch (step.kind) {
    case 'user':
      return [{ role: 'user', content: [{ type: 'text', text: step.text }, ...chatMedia(step.media)] }]
    case 'system':
      return [{ role: 'system', content: step.text }]
    case 'answer':
      return [
        {
          role: 'assistant',
          content: step.text,
          ...(step.image && { images: [{ type: 'image_url', image_url: { url: url('image/png', PNG) } }] }),
        },
      ]
    case 'thought':
      return [{ role: 'assistant', content: null, reasoning_content: step.text }]
    case 'call': {
      const call = step.isCustom
        ? { id: step.id, type: 'custom', custom: { name: 'patch', input: step.args } }
        : { id: step.id, type: 'function', function: { name: step.name, arguments: step.args } }
      return [{ role: 'assistant', content: null, tool_calls: [call] }]
    }
    case 'result':
      return [
        {
          role: 'tool',
          tool_call_id: step.id,
          content: step.media === 'image' ? [{ type: 'text', text: step.text }, ...chatMedia('image')] : step.text,
        },
      ]
    case 'native':
      return [{ role: 'assistant', content: [{ type: 'reference', reference_ids: [1] }] }]
  }
}

const chatMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'image_url', image_url: { url: url('image/png', PNG) } }]
    : kind === 'pdf'
      ? [{ type: 'file', file: { filename: 'a.pdf', file_data: url('application/pdf', PDF) } }]
      : kind === 'video'
        ? [{ type: 'video_url', video_url: { url: 'https://x.example/a.mp4' } }]
        : []
