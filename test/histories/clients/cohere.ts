import { PDF, PNG, type Step } from '../steps.ts'
import { url } from './chat.ts'

export function cohereMessage(step: Step): object {
  switch (step.kind) {
    case 'user':
      return { role: 'user', content: step.media === undefined ? step.text : withMedia(step.text, step.media) }
    case 'system':
      return { role: 'system', content: step.text }
    case 'answer':
      return { role: 'assistant', content: [{ type: 'text', text: step.text }], citations: [] }
    case 'thought':
      return { role: 'assistant', content: [{ type: 'thinking', thinking: step.text }] }
    case 'call':
      return {
        role: 'assistant',
        tool_plan: 'I will call it.',
        tool_calls: [{ id: step.id, type: 'function', function: { name: step.name, arguments: step.args } }],
      }
    case 'result':
      return { role: 'tool', tool_call_id: step.id, content: [documentOf(step.text), { type: 'text', text: 'Done.' }] }
    case 'native':
      return { role: 'assistant', content: [{ type: 'text', text: 'Hm.' }, documentOf('x')] }
  }
}

const documentOf = (text: string) => ({ type: 'document', document: { id: '1', data: { text } } })

const withMedia = (text: string, kind: 'image' | 'pdf' | 'video') => [
  { type: 'text', text },
  kind === 'image'
    ? { type: 'image_url', image_url: { url: url('image/png', PNG) } }
    : { type: kind, [kind]: url('application/pdf', PDF) },
]
