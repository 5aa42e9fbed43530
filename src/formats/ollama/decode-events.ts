import type { ChatEvent } from '../../chat/event.ts'
import { GatewayError } from '../../errors.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, isRecord } from '../fields/fields.ts'
import type { EventDecoder } from '../format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { upstreamErrorOf } from '../openai-shared/decode-error.ts'
import { decodeLogprobs } from '../openai-shared/logprobs.ts'
import { decodeCall } from './calls.ts'
import { callIdPrefix } from './decode-response.ts'
import { decodeFinish } from './finish.ts'
import { NAME } from './name.ts'
import { createdOf, decodeUsage, timingsOf } from './usage.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

type Kind = 'text' | 'reasoning'

const NOTHING: readonly ChatEvent[] = []

/**
 * Decodes the lines of a stream: each has the next text, calls are complete. Throws GatewayError `upstream_malformed`
 * for an invalid line, `upstream_cut` if no line has `done`. Source: https://docs.ollama.com/api/streaming
 */
export const createDecoder = (): EventDecoder => new Decoder()

class Decoder implements EventDecoder {
  #isStarted = false
  #isDone = false
  /** The number of parts so far; the last one can still be extended if it is text. */
  #count = 0
  #open: Kind | undefined
  #calls = 0
  #callIdPrefix = '0'

  push({ data }: Frame): readonly ChatEvent[] {
    if (this.#isDone) return NOTHING
    const line = lineIn(data)
    if (line['error'] !== undefined) return this.#fail(line)
    const begun = this.#begin(line)
    const { message, done } = line
    const content = isRecord(message) ? this.#read(answerFields(message, 'message')) : []
    const tokens = decodeLogprobs({ content: line['logprobs'] })
    const logprobs: ChatEvent[] = tokens ? [{ type: 'logprobs', choice: 0, tokens }] : []
    return [...begun, ...content, ...logprobs, ...(done === true ? this.#finish(line) : [])]
  }

  end(): readonly ChatEvent[] {
    if (this.#isDone) return NOTHING
    throw new GatewayError('upstream_cut', 'The upstream ended its stream before the response was complete.')
  }

  #begin({ model, created_at: createdAt }: JsonObject): ChatEvent[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    this.#callIdPrefix = callIdPrefix(createdAt)
    const known = defined({ model: typeof model === 'string' ? model : undefined, created: createdOf(createdAt) })
    return [{ type: 'start', format: NAME, ...known }]
  }

  #read(message: Fields): ChatEvent[] {
    return [
      ...this.#grow('reasoning', message.string('thinking') ?? ''),
      ...this.#grow('text', message.string('content') ?? ''),
      ...(message.objects('tool_calls') ?? []).flatMap((call) => this.#call(call)),
    ]
  }

  #grow(kind: Kind, text: string): ChatEvent[] {
    if (text === '') return []
    const opening = this.#open === kind ? [] : [...this.#close(), this.#start(kind)]
    return [...opening, { type: 'part-delta', choice: 0, index: this.#count - 1, text }]
  }

  #start(kind: Kind): ChatEvent {
    this.#open = kind
    return { type: 'part-start', choice: 0, index: this.#count++, part: { type: kind } }
  }

  #close(): ChatEvent[] {
    if (!this.#open) return []
    this.#open = undefined
    return [{ type: 'part-end', choice: 0, index: this.#count - 1 }]
  }

  #call(fields: Fields): ChatEvent[] {
    const { arguments: text, ...part } = decodeCall(fields, `${this.#callIdPrefix}_${this.#calls++}`)
    const place = { choice: 0, index: this.#count }
    const closing = this.#close()
    this.#count++
    return [
      ...closing,
      { type: 'part-start', ...place, part },
      { type: 'part-delta', ...place, text },
      { type: 'part-end', ...place },
    ]
  }

  #finish(line: JsonObject): ChatEvent[] {
    this.#isDone = true
    const [usage, extra] = [decodeUsage(line), timingsOf(line)]
    const finish = decodeFinish(line['done_reason'], this.#calls > 0)
    return [
      ...this.#close(),
      ...(usage ? [{ type: 'usage', usage } as const] : []),
      { type: 'finish', choice: 0, finish, ...(extra && { extra }) },
    ]
  }

  #fail(line: JsonObject): readonly ChatEvent[] {
    this.#isDone = true
    return [
      {
        type: 'error',
        error: upstreamErrorOf(line) ?? { message: 'The upstream gave no message.', isEnvelope: false },
      },
    ]
  }
}

function lineIn(data: string): JsonObject {
  let line: unknown
  try {
    line = JSON.parse(data)
  } catch {
    throw malformed('a line that is not valid JSON')
  }
  if (isRecord(line)) return line
  throw malformed('a line that is not a JSON object')
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's stream contains ${what}.`)
