import { objectIn, PNG, type Step } from '../steps.ts'

export function ollamaMessage(step: Step): object {
  switch (step.kind) {
    case 'user':
      return { role: 'user', content: step.text, ...(step.media === 'image' && { images: [PNG] }) }
    case 'system':
      return { role: 'system', content: step.text }
    case 'answer':
      return { role: 'assistant', content: step.text }
    case 'thought':
      return { role: 'assistant', content: '', thinking: step.text }
    case 'call':
      return {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: step.name, arguments: objectIn(step.args) } }],
      }
    case 'result':
      return { role: 'tool', tool_name: 'ls', content: step.text }
    case 'native':
      return { role: 'assistant', content: 'Hm.', images: [PNG] }
  }
}
