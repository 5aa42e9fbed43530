import type { UpstreamError } from '../../../chat/upstream-error.ts'
import type { ChatEvent } from '../../../chat/event.ts'
import type { Extra } from '../../../chat/part.ts'
import { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import { isRecord } from '../../fields/fields.ts'
import type { EventDecoder } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { ChunkIdentity } from './chunk-identity.ts'
import { ChoiceDecoder } from './decode-choice.ts'
import { failedFinish } from '../../openai-shared/failed-finish.ts'
import { upstreamErrorOf } from '../../openai-shared/decode-error.ts'
import { NAME } from '../../openai-shared/name.ts'
import { type Source, sourcesOf } from '../content/search-results.ts'
import { filled, listOf } from '../../fields/values.ts'
import { decodeUsage } from '../../openai-shared/usage.ts'

const NO_SOURCES: readonly Source[] = []

type Chunk = Readonly<Record<string, unknown>>

/** No server returns more choices; a larger index is an error of the upstream. */
const MAX_CHOICES = 128

const UNEXPLAINED: UpstreamError = {
  message: 'The upstream ended the response with an error.',
  kind: 'internal',
  isEnvelope: false,
}

export const createDecoder = (): EventDecoder => new ChatDecoder()

/**
 * Decodes the stream of any OpenAI-compatible server. The content of a choice ends with its `finish_reason`, but the
 * finish is emitted at the end of the stream, because usage, and with some servers text, follows it.
 */
class ChatDecoder implements EventDecoder {
  readonly #choices: ChoiceDecoder[] = []
  #start: Extract<ChatEvent, { type: 'start' }> = { type: 'start', format: NAME }
  readonly #identity = new ChunkIdentity()
  #hasStarted = false
  #isDone = false

  push({ name, data }: Frame): readonly ChatEvent[] {
    if (this.#isDone) return []
    const events: ChatEvent[] = []
    if (data.startsWith('[DONE]')) {
      if (this.#hasAllEnded) this.#finish(events)
      return events
    }
    const chunk = parseChunk(data)
    if (name === 'error' || isError(chunk)) return this.#fail(chunk)
    const choices = listOf(chunk['choices'])
    this.#identity.push(chunk['id'], choices)
    if (!this.#hasStarted) this.#begin(chunk, choices, events)
    const sources = chunk['search_results'] || chunk['citations'] ? sourcesOf(chunk) : NO_SOURCES
    for (const choice of choices) {
      if (!isRecord(choice)) throw malformed('a choice that is not an object')
      const failure = failedFinish(choice['finish_reason'])
      if (failure) return this.#fail(chunk, failure)
      this.#choice(choice['index']).push(choice, events, sources)
    }
    const usage = decodeUsage(chunk['usage']) ?? groqUsage(chunk['x_groq'])
    if (usage) events.push({ type: 'usage', usage })
    return events
  }

  end(): readonly ChatEvent[] {
    const events: ChatEvent[] = []
    if (this.#isDone) return events
    if (this.#choices.length === 0 || !this.#choices.every(({ hasEnded }) => hasEnded))
      throw new GatewayError('upstream_cut', 'The upstream ended its stream before the response was complete.')
    this.#finish(events)
    return events
  }

  /** Whether `[DONE]` ends the response. A server that gives finish reasons gives one for each choice. */
  get #hasAllEnded(): boolean {
    const hasReasons = this.#choices.some(({ hasEnded }) => hasEnded)
    return this.#choices.length > 0 && this.#choices.every((each) => (hasReasons ? each.hasEnded : each.mayHaveEnded))
  }

  #finish(events: ChatEvent[]): void {
    for (const choice of this.#choices) choice.finish(events)
    this.#isDone = true
  }

  #fail(chunk: Chunk, failure = UNEXPLAINED): ChatEvent[] {
    this.#isDone = true
    return [{ type: 'error', error: upstreamErrorOf(chunk) ?? failure }]
  }

  /**
   * The start is emitted with the first chunk that has choices or usage. Azure sends a chunk before it without id and
   * model, with filter results only. Top-level fields of later chunks (timings, padding) are not part of a response and
   * are ignored.
   */
  #begin(chunk: Chunk, choices: readonly unknown[], events: ChatEvent[]): void {
    const { id, model, created, service_tier: tier } = chunk
    const extra = extraOf(chunk)
    this.#start = {
      ...this.#start,
      ...defined({
        id: filled(id),
        model: filled(model),
        created: typeof created === 'number' && created > 0 ? created : undefined,
        tier: filled(tier),
        extra: extra && { ...this.#start.extra, ...extra },
      }),
    }
    if (choices.length === 0 && !chunk['usage']) return
    this.#hasStarted = true
    events.push(this.#start)
  }

  #choice(index: unknown): ChoiceDecoder {
    const at = index ?? 0
    if (typeof at !== 'number' || !Number.isInteger(at) || at < 0 || at >= MAX_CHOICES)
      throw malformed(`a choice with the index ${JSON.stringify(at)}`)
    for (let next = this.#choices.length; next <= at; next++)
      this.#choices[next] = new ChoiceDecoder(next, this.#start.id)
    return this.#choices[at]!
  }
}

function parseChunk(data: string): Chunk {
  let chunk: unknown
  try {
    chunk = JSON.parse(data)
  } catch {
    throw malformed('an event that is not valid JSON')
  }
  if (!isRecord(chunk)) throw malformed('an event that is not a JSON object')
  return chunk
}

const malformed = (what: string) => new GatewayError('upstream_malformed', `The upstream's stream contains ${what}.`)

/** An error instead of a chunk, or beside its choices, as OpenRouter sends it. */
const isError = (chunk: Chunk): boolean =>
  Boolean(chunk['error']) ||
  chunk['object'] === 'error' ||
  (!('choices' in chunk) && upstreamErrorOf(chunk) !== undefined)

const groqUsage = (group: unknown) => (isRecord(group) ? decodeUsage(group['usage']) : undefined)

const READ: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'service_tier',
  // Padding against side-channel attacks on the length of chunks.
  'obfuscation',
  'p',
])

function extraOf(chunk: Chunk): Extra | undefined {
  const left = Object.entries(chunk).filter(([key, value]) => !READ.has(key) && value !== null && value !== '')
  return left.length > 0 ? Object.fromEntries(left) : undefined
}
