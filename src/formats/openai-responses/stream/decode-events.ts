import type { ChatEvent } from '../../../chat/event.ts'
import { unfold } from '../../../chat/unfold.ts'
import { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import { answerFields, isRecord } from '../../fields/fields.ts'
import { areDifferent, splicedStream } from '../../fields/spliced.ts'
import type { EventDecoder } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { filled } from '../../fields/values.ts'
import { failureOf } from '../response/decode-error.ts'
import { decodeHead, decodeOutput, extraOf } from '../response/decode-response.ts'
import { decodeFinish, type OutputContents } from '../response/finish.ts'
import { ItemReader } from './item-reader.ts'
import { NAME } from '../name.ts'
import { decodeUsage } from '../response/usage.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

export const createDecoder = (): EventDecoder => new ResponsesDecoder()

/**
 * Decodes the stream of any server of this format. The content comes from the deltas; events that repeat them
 * (`*.done`, the terminal response) only add what is missing. Unknown events, and all events after the end, are
 * ignored.
 */
class ResponsesDecoder implements EventDecoder {
  readonly #items = new ItemReader()
  #model: string | undefined
  #createdId: unknown
  #hasStarted = false
  #isDone = false

  push({ name, data }: Frame): readonly ChatEvent[] {
    if (this.#isDone || data.startsWith('[DONE]')) return []
    const event = parseEvent(data)
    const type = filled(event['type']) ?? name ?? ''
    const out: ChatEvent[] = []
    switch (type) {
      case 'response.created':
        this.#checkCreated(event['response'])
        this.#start(event['response'], out)
        break
      case 'response.queued':
      case 'response.in_progress':
        this.#start(event['response'], out)
        break
      case 'response.completed':
      case 'response.incomplete':
        this.#finish(event['response'], type.slice('response.'.length), out)
        break
      case 'response.failed':
        return this.#fail(event['response'])
      case 'error':
        return this.#fail(event)
      default:
        // An error without a type, from a proxy or from before the stream began.
        if (type === '' && event['error']) return this.#fail(event)
        if (!type.startsWith('response.')) return out
        if (!this.#hasStarted) this.#start(undefined, out)
        this.#items.push(type, event, out)
    }
    return out
  }

  end(): readonly ChatEvent[] {
    if (this.#isDone) return []
    throw new GatewayError('upstream_cut', 'The upstream ended its stream before the response was complete.')
  }

  /** Only this event begins a response; the ids in others can differ (Copilot). */
  #checkCreated(response: unknown): void {
    const id = isRecord(response) ? response['id'] : undefined
    if (areDifferent(this.#createdId, id)) throw splicedStream()
    this.#createdId ??= id
  }

  #start(response: unknown, out: ChatEvent[]): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const whole = isRecord(response) ? response : {}
    const head = decodeHead(answerFields(whole))
    this.#model = head.model
    this.#items.model = head.model
    out.push({ type: 'start', format: NAME, ...head, ...defined({ extra: extraOf(whole) }) })
  }

  #finish(response: unknown, event: string, out: ChatEvent[]): void {
    if (!isRecord(response)) throw malformed('a terminal event without its response')
    this.#start(response, out)
    this.#isDone = true
    this.#items.close(out)
    const contents = this.#items.hasItems ? this.#items.contents : this.#emitWhole(response, out)
    const details = response['incomplete_details']
    const reason = isRecord(details) ? filled(details['reason']) : undefined
    const usage = decodeUsage(response['usage'])
    if (usage) out.push({ type: 'usage', usage })
    out.push({ type: 'finish', choice: 0, finish: decodeFinish(filled(response['status']) ?? event, reason, contents) })
  }

  /** For a server that streams only the terminal event, which contains the complete response. */
  #emitWhole(response: JsonObject, out: ChatEvent[]): OutputContents {
    if (!Array.isArray(response['output'])) return this.#items.contents
    const parts = decodeOutput(answerFields(response), this.#model)
    for (const event of unfold({ format: NAME, choices: [{ parts, finish: { reason: 'other' } }] }))
      if ('index' in event) out.push(event)
    return {
      toolCalls: parts.some(({ type }) => type === 'tool-call'),
      refusal: parts.some(({ type }) => type === 'refusal'),
    }
  }

  /** OpenAI sends an `error` event and then the failed response; the first of them counts. */
  #fail(value: unknown): ChatEvent[] {
    this.#isDone = true
    return [{ type: 'error', error: failureOf(value) }]
  }
}

function parseEvent(data: string): JsonObject {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch {
    throw malformed('an event that is not valid JSON')
  }
  if (!isRecord(event)) throw malformed('an event that is not a JSON object')
  return event
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's stream contains ${what}.`)
