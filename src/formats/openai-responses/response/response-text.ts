// A complete response as texts: what is stored of it, and what is made of that again.
import { GatewayError } from '../../../errors.ts'
import { eventData } from '../../../codecs/framing/events.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'
import { isRecord } from '../../fields/fields.ts'
import { type ItemText, itemOf } from '../content/item-texts.ts'

export interface ResponseText {
  readonly id: string
  /** `completed`, `incomplete`; for a response that its provider generates in the background also `queued` and others. */
  readonly status: string
  readonly output: readonly ItemText[]
  /** The response without its output. */
  readonly shell: string
}

/** Undefined for what has no id or no list of items. */
export function responseText(response: unknown): ResponseText | undefined {
  if (!isRecord(response) || typeof response['id'] !== 'string' || !Array.isArray(response['output'])) return undefined
  const { id, status, output, ...rest } = response
  return {
    id,
    status: typeof status === 'string' ? status : 'completed',
    output: output.map((item) => itemOf(JSON.stringify(item))),
    shell: JSON.stringify({ output: [], id, status, ...rest }),
  }
}

/** Every stream ends with one of these. A response that failed is not continued. */
const ENDINGS = ['response.completed', 'response.incomplete'] as const

/** Whether these events may end a response. */
export const mayEnd = (events: string | Uint8Array): boolean =>
  typeof events === 'string'
    ? ENDINGS.some((ending) => events.includes(ending))
    : ENDING_BYTES.some((ending) => Buffer.from(events.buffer, events.byteOffset, events.length).includes(ending))

const ENDING_BYTES = ENDINGS.map((ending) => Buffer.from(ending))

/** The response in the event that ends the stream; undefined if none of the events does. */
export function endingResponse(events: string): JsonObject | undefined {
  for (const data of eventData(events)) {
    if (!ENDINGS.some((ending) => data.includes(ending))) continue
    const event = parse(data)
    if (isRecord(event) && (ENDINGS as readonly unknown[]).includes(event['type']) && isRecord(event['response']))
      return event['response']
  }
  return undefined
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

/** The response as a JSON text, with its output. */
export const joinResponse = (shell: string, output: readonly string[]): string =>
  `{"output":[${output.join(',')}]${shell.slice(EMPTY.length)}`

/** What every shell begins with. */
const EMPTY = '{"output":[]'

/** Whether an item is reasoning that only its provider can read: it holds neither text nor a seal. */
export function isEmptyReasoning(text: string): boolean {
  if (!text.includes('"reasoning"')) return false
  const item = parse(text)
  if (!isRecord(item) || item['type'] !== 'reasoning') return false
  return ![item['summary'], item['content'], item['encrypted_content']].some(isFilled)
}

const isFilled = (value: unknown): boolean => (typeof value === 'string' || Array.isArray(value)) && value.length > 0

/** An item as the list of input items shows it: with an id, and its content as a list. */
export function listedItem(id: string, text: string): JsonObject {
  const item = parse(text)
  if (!isRecord(item)) throw new GatewayError('internal', 'A stored item is not a JSON object.')
  const { type = 'message', role, content } = item
  const texts = role === 'assistant' ? 'output_text' : 'input_text'
  return {
    ...item,
    id,
    type,
    ...(type === 'message' && { status: item['status'] ?? 'completed' }),
    ...(type === 'message' &&
      typeof content === 'string' && {
        content: [{ type: texts, text: content, ...(role === 'assistant' && { annotations: [] }) }],
      }),
  }
}
