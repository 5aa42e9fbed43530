// Chat messages, and the one text that the simulated model reads instead of them.
import { hashText } from '../text/tokens.ts'
import { refuse } from './errors.ts'
import { type Fields, isFields } from './fields.ts'

export interface Message {
  readonly role: string
  /** Text parts joined by line ends; other parts stand as a mark with a hash. */
  readonly text: string
  readonly rendered: string
}

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

export function readMessages(fields: Fields): readonly Message[] {
  const messages: unknown = fields['messages']
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse('messages', 'messages must be a list that is not empty.')
  return messages.map(readMessage)
}

function readMessage(message: unknown, at: number): Message {
  if (!isFields(message)) return refuse('messages', `messages[${at}] must be an object.`)
  const role = message['role']
  if (typeof role !== 'string' || !ROLES.has(role))
    return refuse('messages', `messages[${at}].role is not a known role.`)
  const text = readContent(message['content'], at)
  const calls = message['tool_calls'] ?? undefined
  const rendered = `<|${role}|>\n${text}${calls === undefined ? '' : JSON.stringify(calls)}<|end|>\n`
  return { role, text, rendered }
}

function readContent(content: unknown, at: number): string {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) return refuse('messages', `messages[${at}].content must be a string or a list of parts.`)
  return content.map((part) => readPart(part, at)).join('\n')
}

function readPart(part: unknown, at: number): string {
  if (typeof part === 'string') return part
  if (!isFields(part) || typeof part['type'] !== 'string')
    return refuse('messages', `messages[${at}] has a part without a type.`)
  const text = part['text'] ?? part['refusal']
  return typeof text === 'string' ? text : `<|${part['type']} ${hashText(JSON.stringify(part))}|>`
}
