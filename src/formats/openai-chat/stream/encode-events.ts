import type { ChatEvent } from '../../../chat/event.ts'
import type { Extra } from '../../../chat/part.ts'
import type { Usage } from '../../../chat/usage.ts'
import type { GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import type { ResponseFacts, EventEncoder } from '../../format.ts'
import { sseFrame } from '../../../codecs/framing/sse.ts'
import type { Losses } from '../../translation/losses.ts'
import { ChoiceEncoder } from './encode-choice.ts'
import { encodeErrorEvent } from '../../openai-shared/encode-error.ts'
import { encodeFinish } from '../response/finish.ts'
import { identityOf } from '../response/identity.ts'
import { encodeLogprobs } from '../../openai-shared/logprobs.ts'
import { NAME } from '../../openai-shared/name.ts'
import { legacyReason, usesLegacyFunctions } from '../../openai-shared/legacy-functions.ts'
import { type ResponseContext, noteDroppedExtra } from '../response/encode-response.ts'
import { encodeUsage } from '../../openai-shared/usage.ts'

type Start = Extract<ChatEvent, { type: 'start' }>

export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new ChatEncoder(facts, losses)

/**
 * Encodes the stream as OpenAI does: the same id, time and model in all chunks; a role first, a finish reason last;
 * usage, if requested, in a separate chunk without choices, and null in all chunks before; then `[DONE]`.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */
class ChatEncoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #choices: ChoiceEncoder[] = []
  #context: ResponseContext | undefined
  /** The text before the choices of every chunk; `#tail` is the text after them. */
  #head = ''
  /** Additional text of the first chunk: the upstream's own fields, which can be long. */
  #once = ''
  #tail = ''
  #usage: Usage | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
  }

  push(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        this.#begin(event)
        return ''
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'error':
        return ''
      case 'logprobs':
        return this.#deltas(event.choice, this.#choice(event.choice).open(), {
          logprobs: encodeLogprobs(event.tokens),
        })
      case 'finish':
        return this.#finish(event)
      default:
        return this.#deltas(event.choice, this.#choice(event.choice).push(event))
    }
  }

  end(): string {
    const usage = this.#facts.request.wantsUsage && this.#usage ? this.#usageChunk(this.#usage) : ''
    return `${usage}data: [DONE]\n\n`
  }

  fail(error: GatewayError): string {
    return encodeErrorEvent(error)
  }

  #begin(start: Start): void {
    const isOwn = start.format === NAME
    if (!isOwn) noteDroppedExtra(start.extra, start.format, this.#losses)
    const identity = identityOf(start, this.#facts)
    const { id, created, model } = identity
    const more = { ...(start.tier !== undefined && { service_tier: start.tier }), ...(isOwn && start.extra) }
    this.#once = JSON.stringify(more).slice(1, -1)
    this.#context = {
      isOwn,
      format: start.format,
      identity,
      losses: this.#losses,
      usesLegacyFunctions: usesLegacyFunctions(this.#facts),
    }
    this.#head = `${JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)},"choices":[`
    this.#tail = `${this.#facts.request.wantsUsage ? ',"usage":null' : ''}}`
  }

  #choice(index: number): ChoiceEncoder {
    if (!this.#context) this.#begin({ type: 'start' })
    return (this.#choices[index] ??= new ChoiceEncoder(this.#context!))
  }

  #finish(event: Extract<ChatEvent, { type: 'finish' }>): string {
    const { choice, finish, extra } = event
    const encoder = this.#choice(choice)
    const { isOwn, format, usesLegacyFunctions } = this.#context!
    if (!isOwn) noteDroppedExtra(extra, format, this.#losses)
    const deltas = this.#deltas(choice, encoder.close(event))
    const { finish_reason: reason, ...native } = encodeFinish(finish, encoder.has)
    if (choice === 0) this.#addUsage()
    return (
      deltas +
      this.#chunk(
        choice,
        {},
        { ...native, ...(isOwn && withoutMessage(extra)) },
        usesLegacyFunctions ? legacyReason(reason) : reason,
      )
    )
  }

  /** Adds the usage to the next chunk, where the provider sends it without request. */
  #addUsage(): void {
    const { request, usageWithFinish } = this.#facts
    if (!usageWithFinish || request.wantsUsage || !this.#usage) return
    const usage = `"usage":${JSON.stringify(encodeUsage(this.#usage, this.#context!.isOwn))}`
    this.#once = this.#once === '' ? usage : `${this.#once},${usage}`
  }

  #deltas(choice: number, deltas: readonly object[], more?: object): string {
    let text = ''
    for (const delta of deltas) text += this.#chunk(choice, delta)
    return more ? text + this.#chunk(choice, {}, more) : text
  }

  /** The chunk is concatenated, because all but the delta is the same in every chunk. */
  #chunk(index: number, delta: object, more?: object, finish: string | null = null): string {
    const rest = more ? JSON.stringify(more).slice(1, -1) : ''
    const reason = finish === null ? 'null' : `"${finish}"`
    const choice = `{"index":${index},"delta":${JSON.stringify(delta)},"finish_reason":${reason}${rest === '' ? '' : `,${rest}`}}`
    const once = this.#once === '' ? '' : `,${this.#once}`
    this.#once = ''
    return `data: ${this.#head}${choice}]${once}${this.#tail}\n\n`
  }

  #usageChunk(usage: Usage): string {
    if (!this.#context) this.#begin({ type: 'start' })
    const { identity, isOwn } = this.#context!
    const { id, created, model } = identity
    const chunk = { id, object: 'chat.completion.chunk', created, model, choices: [], usage: encodeUsage(usage, isOwn) }
    return sseFrame(JSON.stringify(chunk))
  }
}

/** Without the fields of a message, which deltas cannot have. */
const withoutMessage = (extra: Extra | undefined): object => defined({ ...extra, message: undefined })
