import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'

/** Whether the JSON in `bytes` may have one of the fields: it looks for the words only. */
export function mayHaveFields(bytes: Uint8Array, fields: readonly string[]): boolean {
  if (fields.length === 0) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return fields.some((field) => text.includes(`"${field}"`))
}

/** Mistral's clients write it into every message of the assistant. Only `true` means something. */
const HAS_NO_EFFECT: JsonObject = { prefix: false }

const isRemoved = (message: JsonObject, field: string): boolean =>
  field in message && (!(field in HAS_NO_EFFECT) || message[field] === HAS_NO_EFFECT[field])

/**
 * The body without these fields of its `messages`. `note` is called once for each field that was removed and had an
 * effect. Returns the same object if there are none.
 */
export function withoutMessageFields(
  body: JsonObject,
  fields: readonly string[],
  note: (field: string) => void,
): JsonObject {
  const { messages } = body
  if (!Array.isArray(messages)) return body
  const found = fields.filter((field) => messages.some((message) => isRecord(message) && isRemoved(message, field)))
  if (found.length === 0) return body
  for (const field of found) if (!(field in HAS_NO_EFFECT)) note(`messages.${field}`)
  return {
    ...body,
    messages: messages.map((message: unknown) => (isRecord(message) ? without(message, found) : message)),
  }
}

const without = (message: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(message).filter(([key]) => !fields.includes(key) || !isRemoved(message, key)))
