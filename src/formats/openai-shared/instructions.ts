import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import type { Feature } from '../format.ts'
import { mergeInstructions, type MergedInstructions } from './merge-instructions.ts'

/** The fields with the conversation: of Chat Completions and of Responses. */
const CONVERSATION = { 'openai-chat': 'messages', 'openai-responses': 'input' } as const

const fieldOf = (format: string): 'messages' | 'input' | undefined =>
  Object.hasOwn(CONVERSATION, format) ? CONVERSATION[format as keyof typeof CONVERSATION] : undefined

const SYSTEM = Buffer.from('"system"')
const DEVELOPER = Buffer.from('"developer"')
const CLOSING_BRACE = 0x7d

/**
 * Whether `fitInstructions` may have to change the conversation in `bytes`, which is JSON. It looks for the words only,
 * so it can be wrong in one direction: text that contains them.
 */
export function mayNeedFitting(bytes: Uint8Array, lacks: ReadonlySet<Feature>): boolean {
  if (lacks.size === 0) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (lacks.has('developer-role') && text.includes(DEVELOPER)) return true
  if (!lacks.has('later-instructions')) return false
  const first = text.indexOf(SYSTEM)
  if (first === -1) return false
  const isFirstMessage = !text.subarray(0, first).includes(CLOSING_BRACE)
  return !isFirstMessage || text.includes(SYSTEM, first + SYSTEM.length)
}

/**
 * Changes the instructions of a request of Chat Completions or Responses for a server that lacks these features: the
 * role `developer` becomes `system`; instructions at the beginning become one; later ones become user text in `<system>`
 * tags, at their place or after the results of the tool calls before them. Returns the same object if nothing changes.
 */
export function fitInstructions(body: JsonObject, format: string, lacks: ReadonlySet<Feature>): JsonObject {
  const field = fieldOf(format)
  const items = field && body[field]
  if (lacks.size === 0 || !Array.isArray(items) || !items.every(isRecord)) return body
  const named = lacks.has('developer-role') ? withoutDevelopers(items) : items
  const { items: merged, instructions }: MergedInstructions = lacks.has('later-instructions')
    ? mergeInstructions(named, { instructions: body['instructions'], partType: PART_TYPES[field!] })
    : { items: named }
  if (merged === items) return body
  return { ...body, ...(instructions !== undefined && { instructions }), [field!]: merged }
}

const PART_TYPES = { messages: 'text', input: 'input_text' } as const

const withoutDevelopers = (items: readonly JsonObject[]): readonly JsonObject[] =>
  items.some(isOfDeveloper) ? items.map((item) => (isOfDeveloper(item) ? { ...item, role: 'system' } : item)) : items

/** A message. The tools that a developer adds are another item with this role. */
const isOfDeveloper = ({ role, type = 'message' }: JsonObject): boolean => role === 'developer' && type === 'message'
