import type { JsonObject } from '../../codecs/json/object.ts'
import { CLOSE_OBJECT, OPEN_OBJECT, QUOTE } from '../../codecs/json/bytes.ts'
import { JsonScanError } from '../../codecs/json/error.ts'
import { skipString } from '../../codecs/json/string.ts'
import { isRecord } from '../fields/fields.ts'
import { isObjectText, sentAsText, textAsObject } from '../history/arguments.ts'

// A call that was cut stays in the history that a client sends with each request. Servers that parse the arguments of
// earlier calls reject the whole request, each time. Source: https://github.com/vllm-project/vllm/issues/43995

const NAME = Buffer.from('"arguments"')
const [COLON, SPACE] = [0x3a, 0x20]

/**
 * Whether a field `arguments` in `bytes`, which is JSON, is a text that does not begin and end as an object: it was cut, or
 * it has another type. What is between is not parsed, because that costs as much as parsing the whole body.
 */
export function mayHaveCutArguments(bytes: Uint8Array): boolean {
  try {
    return hasCutArguments(bytes)
  } catch (thrown) {
    if (thrown instanceof JsonScanError) return true // for the parser to reject
    throw thrown
  }
}

function hasCutArguments(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = text.indexOf(NAME); at !== -1; at = text.indexOf(NAME, at)) {
    at = valueFrom(bytes, at + NAME.length)
    if (bytes[at] !== QUOTE) continue
    const start = at + 1
    at = skipString(bytes, at)
    const isEmpty = at - 1 === start
    if (!isEmpty && (bytes[start] !== OPEN_OBJECT || bytes[at - 2] !== CLOSE_OBJECT)) return true
  }
  return false
}

function valueFrom(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at] === COLON || bytes[at]! <= SPACE) at++
  return at
}

/** Servers treat an empty text as an empty object. */
const isUnreadable = (text: unknown): text is string => typeof text === 'string' && text !== '' && !isObjectText(text)

/**
 * The body with the arguments of earlier calls as JSON objects: in the messages of Chat Completions and the items of
 * Responses. `note` takes the place and what changed there. Returns the same object if nothing changes.
 */
export function withObjectArguments(body: JsonObject, note: (path: string, what: string) => void): JsonObject {
  const { messages, input } = body
  const calls = mapList(messages, 'messages', (message, path) => {
    const tool_calls = mapList(message['tool_calls'], `${path}.tool_calls`, (call, place) => {
      const inner = call['function']
      const fixed = isRecord(inner) ? readable(inner, place, note) : inner
      return fixed === inner ? call : { ...call, function: fixed }
    })
    return tool_calls === message['tool_calls'] ? message : { ...message, tool_calls }
  })
  const items = mapList(input, 'input', (item, path) =>
    item['type'] === 'function_call' ? readable(item, path, note) : item,
  )
  if (calls === messages && items === input) return body
  return { ...body, ...(calls !== undefined && { messages: calls }), ...(items !== undefined && { input: items }) }
}

function readable(call: JsonObject, path: string, note: (path: string, what: string) => void): JsonObject {
  const { arguments: text, name } = call
  if (!isUnreadable(text)) return call
  note(path, `changed: ${sentAsText(String(name))}`)
  return { ...call, arguments: textAsObject(text) }
}

/** The list with each object changed; the same value if it is no list, or nothing changes. */
function mapList(list: unknown, path: string, change: (item: JsonObject, path: string) => JsonObject): unknown {
  if (!Array.isArray(list)) return list
  const changed = list.map((item: unknown, index) => (isRecord(item) ? change(item, `${path}[${index}]`) : item))
  return changed.some((item, index) => item !== list[index]) ? changed : list
}
