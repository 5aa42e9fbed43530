// Reads chat messages, and renders them as the prompt text of the simulated model.
import { hashText } from '../text/tokens.ts'
import { invalidField } from './errors.ts'
import { type Fields, isFields } from './fields.ts'

export interface Message {
  readonly role: string
  /** Text parts joined by line feeds. Other parts become a marker with a hash. */
  readonly text: string
  readonly rendered: string
}

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

export function readMessages(fields: Fields): readonly Message[] {
  const messages: unknown = fields['messages']
  if (!Array.isArray(messages) || messages.length === 0)
    return invalidField('messages', 'messages must be a list that is not empty.')
  return messages.map(readMessage)
}

function readMessage(message: unknown, at: number): Message {
  if (!isFields(message)) return invalidField('messages', `messages[${at}] must be an object.`)
  const role = message['role']
  if (typeof role !== 'string' || !ROLES.has(role))
    return invalidField('messages', `messages[${at}].role is not a known role.`)
  const text = readContent(message['content'], at)
  const rendered = `<|${role}|>\n${text}${renderCalls(message['tool_calls'])}<|end|>\n`
  return { role, text, rendered }
}

function readContent(content: unknown, at: number): string {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content))
    return invalidField('messages', `messages[${at}].content must be a string or a list of parts.`)
  return content.map((part) => readPart(part, at)).join('\n')
}

function readPart(part: unknown, at: number): string {
  if (typeof part === 'string') return part
  if (!isFields(part) || typeof part['type'] !== 'string')
    return invalidField('messages', `messages[${at}] has a part without a type.`)
  const text = part['text'] ?? part['refusal']
  return typeof text === 'string' ? text : `<|${part['type']} ${hashText(mediaOf(part))}|>`
}

/** What identifies a media part: the URL of an image without its `detail`, the data of a file without its name. */
function mediaOf(part: Fields): string {
  const file = part['file']
  if (isFields(file) && typeof file['file_data'] === 'string') return file['file_data']
  const image = part['image_url']
  return isFields(image) && typeof image['url'] === 'string' ? image['url'] : JSON.stringify(part)
}

/** As in the templates of real models: names and arguments, without the ids of the calls. */
function renderCalls(calls: unknown): string {
  if (!Array.isArray(calls)) return ''
  return calls.map((call) => `<|call ${renderCall(isFields(call) ? call['function'] : undefined)}|>`).join('')
}

function renderCall(called: unknown): string {
  if (!isFields(called)) return ''
  const { name, arguments: given } = called
  return `${String(name)} ${typeof given === 'string' ? compact(given) : JSON.stringify(given)}`
}

/** Normalizes the whitespace of arguments. */
function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json))
  } catch {
    return json
  }
}
