import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import { GatewayError } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'
import { withOriginal } from '../fields/originals.ts'
import { areDifferent, splicedStream } from '../fields/spliced.ts'
import type { EventDecoder } from '../format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { upstreamErrorOf } from '../openai-shared/decode-error.ts'
import { argumentText } from '../openai-shared/calls.ts'
import { decodeCitation } from './citations.ts'
import { decodeFinish, isFailure } from './finish.ts'
import { NAME, PLAN } from './name.ts'
import { decodeUsage } from './usage.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const NOTHING: readonly ChatEvent[] = []

/**
 * Decodes a stream of Cohere's events. Unknown events are ignored. Throws GatewayError `upstream_malformed` for invalid
 * events and for text outside a part; `upstream_cut` if `message-end` is missing. Source:
 * https://docs.cohere.com/reference/chat-stream
 */
export const createDecoder = (): EventDecoder => new Decoder()

class Decoder implements EventDecoder {
  #isStarted = false
  #id: unknown
  #isDone = false
  /** The number of parts so far; `#open`: the open parts by their names in the events: `content 0`, `call 1`, `plan`. */
  #count = 0
  readonly #open = new Map<string, number>()
  /** The index of the text that citations refer to. */
  #text: number | undefined

  push({ data }: Frame): readonly ChatEvent[] {
    if (this.#isDone || data === '[DONE]') return NOTHING
    const event = eventIn(data)
    const type = event['type']
    if (type === undefined && (event['message'] !== undefined || event['error'] !== undefined)) return this.#fail(event)
    if (type === 'message-start') this.#checkStart(event['id'])
    const delta = recordAt(event, 'delta')
    return this.#begun(
      event,
      type === 'message-end' ? this.#end(delta) : this.#read(String(type), event['index'], recordAt(delta, 'message')),
    )
  }

  end(): readonly ChatEvent[] {
    if (this.#isDone) return NOTHING
    throw new GatewayError('upstream_cut', 'The upstream ended its stream before the response was complete.')
  }

  #checkStart(id: unknown): void {
    if (areDifferent(this.#id, id)) throw splicedStream()
    this.#id ??= id
  }

  #begun({ id }: JsonObject, events: readonly ChatEvent[]): readonly ChatEvent[] {
    if (this.#isStarted) return events
    this.#isStarted = true
    return [{ type: 'start', format: NAME, ...(typeof id === 'string' && { id }) }, ...events]
  }

  #read(type: string, index: unknown, message: JsonObject): readonly ChatEvent[] {
    const [content, call] = [`content ${String(index)}`, `call ${String(index)}`]
    switch (type) {
      case 'content-start':
        return [...this.#close('plan'), ...this.#openContent(content, recordAt(message, 'content'))]
      case 'content-delta':
        return this.#grow(content, textIn(recordAt(message, 'content')))
      case 'content-end':
        return this.#close(content)
      case 'tool-plan-delta':
        return this.#plan(message['tool_plan'])
      case 'tool-call-start':
        return [...this.#close('plan'), ...this.#openCall(call, recordAt(message, 'tool_calls'))]
      case 'tool-call-delta':
        return this.#grow(call, recordAt(recordAt(message, 'tool_calls'), 'function')['arguments'])
      case 'tool-call-end':
        return this.#close(call)
      case 'citation-start':
        return this.#pushCitations(message['citations'])
      default:
        return NOTHING
    }
  }

  #openContent(key: string, content: JsonObject): ChatEvent[] {
    const type = content['type'] === 'thinking' ? 'reasoning' : 'text'
    return this.#start(key, { type }, textIn(content))
  }

  #openCall(key: string, { id, function: called }: JsonObject): ChatEvent[] {
    const { name, arguments: args } = isRecord(called) ? called : {}
    if (typeof id !== 'string' || typeof name !== 'string') throw malformed('a tool call without id or name')
    const text = args === undefined || args === '' ? '' : argumentText(args)
    return this.#start(key, { type: 'tool-call', id, name }, text)
  }

  #start(key: string, part: PartOpening, text: unknown): ChatEvent[] {
    const closing = this.#close(key) // the same index opened twice: the first part has ended
    const index = this.#count++
    this.#open.set(key, index)
    if (part.type === 'text') this.#text = index
    return [...closing, { type: 'part-start', choice: 0, index, part }, ...this.#grow(key, text)]
  }

  #grow(key: string, text: unknown): readonly ChatEvent[] {
    const index = this.#open.get(key)
    if (index === undefined) throw malformed('a delta for a part that was not started')
    return typeof text === 'string' && text !== '' ? [{ type: 'part-delta', choice: 0, index, text }] : NOTHING
  }

  #close(key: string): ChatEvent[] {
    const index = this.#open.get(key)
    this.#open.delete(key)
    return index === undefined ? [] : [{ type: 'part-end', choice: 0, index }]
  }

  #plan(text: unknown): readonly ChatEvent[] {
    return this.#open.has('plan')
      ? this.#grow('plan', text)
      : this.#start('plan', withOriginal({ type: 'text' }, PLAN), text)
  }

  /** One citation, or a list of them. */
  #pushCitations(given: unknown): readonly ChatEvent[] {
    const index = this.#text
    if (index === undefined) return NOTHING
    return (Array.isArray(given) ? (given as unknown[]) : [given]).flatMap((value) => {
      const citation = decodeCitation(value)
      return citation ? [{ type: 'part-citation', choice: 0, index, citation } as const] : []
    })
  }

  #end({ finish_reason: reason, usage, error }: JsonObject): readonly ChatEvent[] {
    if (isFailure(reason))
      return this.#fail({
        message: typeof error === 'string' ? error : `The response ended with the finish reason ${String(reason)}.`,
      })
    this.#isDone = true
    const decoded = decodeUsage(usage)
    return [
      ...[...this.#open.keys()].flatMap((key) => this.#close(key)),
      ...(decoded ? [{ type: 'usage', usage: decoded } as const] : []),
      { type: 'finish', choice: 0, finish: decodeFinish(reason) },
    ]
  }

  #fail(event: JsonObject): readonly ChatEvent[] {
    this.#isDone = true
    return [
      {
        type: 'error',
        error: upstreamErrorOf(event) ?? { message: 'The upstream gave no message.', isEnvelope: false },
      },
    ]
  }
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's stream contains ${what}.`)

function eventIn(data: string): JsonObject {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch {
    throw malformed('an event that is not valid JSON')
  }
  if (isRecord(event)) return event
  throw malformed('an event that is not a JSON object')
}

const recordAt = (value: JsonObject, key: string): JsonObject =>
  isRecord(value[key]) ? (value[key] as JsonObject) : {}

const textIn = (content: JsonObject): unknown => content['text'] ?? content['thinking']
