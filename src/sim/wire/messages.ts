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
  const rendered = `<|${role}|>\n${text}${renderCalls(message['tool_calls'])}<|end|>\n`
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
  return typeof text === 'string' ? text : `<|${part['type']} ${hashText(mediaOf(part))}|>`
}

/** A picture by what it shows, however closely it is to be looked at; a file by what is in it, whatever its name. */
function mediaOf(part: Fields): string {
  const file = part['file']
  if (isFields(file) && typeof file['file_data'] === 'string') return file['file_data']
  const image = part['image_url']
  return isFields(image) && typeof image['url'] === 'string' ? image['url'] : JSON.stringify(part)
}

/** Like the templates of real models: names and arguments, without the ids by which results refer to them. */
function renderCalls(calls: unknown): string {
  if (!Array.isArray(calls)) return ''
  return calls.map((call) => `<|call ${renderCall(isFields(call) ? call['function'] : undefined)}|>`).join('')
}

function renderCall(called: unknown): string {
  if (!isFields(called)) return ''
  const { name, arguments: given } = called
  return `${String(name)} ${typeof given === 'string' ? compact(given) : JSON.stringify(given)}`
}

/** The same arguments are the same, however they are spaced. */
function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json))
  } catch {
    return json
  }
}
