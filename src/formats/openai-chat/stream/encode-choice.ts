import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { explanationOf } from '../../../chat/finish.ts'
import type { Citation, MediaPart, Seal } from '../../../chat/part.ts'
import { hasRange } from '../../translation/citation-range.ts'
import { InOrder } from '../../translation/in-order.ts'
import { encodeSeal } from '../../openai-shared/calls.ts'
import { encodeCitation } from '../content/citations.ts'
import { type ResponseContext, calledTool, encodeMedia, nativeCall } from '../response/encode-response.ts'
import { legacyCall } from '../../openai-shared/legacy-functions.ts'
import { isSearchResult } from '../content/search-results.ts'
import { encodeDetailDelta, encodeDetailSeal } from '../../openai-shared/reasoning.ts'

type PartEvent = Extract<ChatEvent, { index: number }>
type Delta = Record<string, unknown>

interface OpenCall {
  readonly type: 'tool-call'
  readonly opening: Extract<PartOpening, { type: 'tool-call' }>
  /** The index among the calls of the choice, not among its parts. */
  readonly index: number
  isSent: boolean
  hasArguments: boolean
  seal: Seal | undefined
}

interface OpenText {
  readonly type: 'text' | 'refusal' | 'reasoning'
  readonly opening: Exclude<PartOpening, { type: 'tool-call' }>
  /** For reasoning: the index of the piece. For text: its offset in the joined text of the choice. */
  readonly at: number
  length: number
  isSent: boolean
  /** Citations of the whole text, which are written when it has ended. */
  readonly citations: Citation[]
}

/**
 * Encodes the events of one choice as deltas. Several calls may be open at once, each with its index. Texts may not, so
 * a second text waits for the first.
 */
export class ChoiceEncoder {
  readonly #context: ResponseContext
  readonly #texts = new InOrder()
  readonly #open = new Map<number, OpenCall | OpenText>()
  #hasRole = false
  #calls = 0
  #pieces = 0
  #textLength = 0
  #hasRefusal = false

  constructor(context: ResponseContext) {
    this.#context = context
  }

  get has(): { readonly toolCalls: boolean; readonly refusal: boolean } {
    return { toolCalls: this.#calls > 0, refusal: this.#hasRefusal }
  }

  /** The first delta, unless it was already emitted. */
  open(content: '' | null = ''): Delta[] {
    if (this.#hasRole) return []
    this.#hasRole = true
    return [{ role: 'assistant', content }]
  }

  push(event: PartEvent): Delta[] {
    const isSpeech =
      event.type === 'part-start' ? isTextPart(event.part) : this.#open.get(event.index)?.type !== 'tool-call'
    const deltas: Delta[] = []
    if (!isSpeech) this.#push(event, deltas)
    else for (const next of this.#texts.push(event)) this.#push(next as PartEvent, deltas)
    return deltas
  }

  /** The held events, the role of a response without content, and why the model declined. */
  close(finish: Extract<ChatEvent, { type: 'finish' }>): Delta[] {
    const deltas = this.open()
    const explanation = this.#context.isOwn ? undefined : explanationOf(finish.finish)
    for (const event of this.#texts.push(finish)) if ('index' in event) this.#push(event, deltas)
    for (const part of this.#open.values())
      if (part.type === 'tool-call') this.#endCall(part, deltas)
      else this.#cite(part.citations, part, deltas)
    if (explanation !== undefined && !this.#hasRefusal) {
      this.#hasRefusal = true
      deltas.push({ refusal: explanation })
    }
    return deltas
  }

  #push(event: PartEvent, deltas: Delta[]): void {
    if (event.type === 'part-start') return this.#start(event, deltas)
    const part = this.#open.get(event.index)
    if (!part) return
    if (part.type === 'tool-call') this.#pushCall(event, part, deltas)
    else this.#pushText(event, part, deltas)
    if (event.type === 'part-end') this.#open.delete(event.index)
  }

  #start({ index, part }: Extract<PartEvent, { type: 'part-start' }>, deltas: Delta[]): void {
    deltas.push(...this.open(part.type === 'tool-call' ? null : ''))
    if (part.type === 'tool-call') {
      const call = { type: part.type, opening: part, index: this.#calls++ }
      this.#open.set(index, { ...call, isSent: false, hasArguments: false, seal: undefined })
    } else if (part.type === 'media') deltas.push(encodeMedia([part satisfies MediaPart], this.#context))
    else if (part.type === 'native') {
      this.#sendCallsBefore(this.#calls, deltas)
      for (const call of nativeCall(part, this.#context.losses)) this.#sendCall(deltas, this.#calls++, call)
    } else {
      const at = part.type === 'reasoning' ? this.#pieces++ : this.#textLength
      this.#open.set(index, { type: part.type, opening: part, at, length: 0, isSent: false, citations: [] })
      this.#hasRefusal ||= part.type === 'refusal'
    }
  }

  /** A call is emitted with its next event, because its seal must be in its first delta. */
  #pushCall(event: PartEvent, call: OpenCall, deltas: Delta[]): void {
    if (event.type === 'part-seal') {
      if (call.isSent) this.#sendCall(deltas, call.index, { ...argumentsDelta(call, ''), ...encodeSeal(event.seal) })
      else call.seal = event.seal
    } else if (event.type === 'part-delta') {
      this.#announce(call, deltas)
      call.hasArguments = true
      this.#sendCall(deltas, call.index, argumentsDelta(call, event.text))
    } else if (event.type === 'part-end') this.#endCall(call, deltas)
  }

  /** Calls are emitted in the order of their indices: clients keep them in a list, which must have no holes. */
  #announce(call: OpenCall, deltas: Delta[]): void {
    if (call.isSent) return
    this.#sendCallsBefore(call.index, deltas)
    call.isSent = true
    const { id, name, isFreeform } = call.opening
    const head = { id, ...calledTool(name, '', isFreeform) }
    this.#sendCall(deltas, call.index, { ...head, ...encodeSeal(call.seal) })
  }

  #sendCallsBefore(index: number, deltas: Delta[]): void {
    for (const part of this.#open.values())
      if (part.type === 'tool-call' && part.index < index) this.#announce(part, deltas)
  }

  #sendCall(deltas: Delta[], index: number, call: object): void {
    const { usesLegacyFunctions, losses } = this.#context
    const delta = usesLegacyFunctions ? legacyCall({ ...call, index }, losses) : { tool_calls: [{ index, ...call }] }
    if (Object.keys(delta).length > 0) deltas.push(delta)
  }

  #endCall(call: OpenCall, deltas: Delta[]): void {
    this.#announce(call, deltas)
    const isEmpty = !call.hasArguments && !call.opening.isFreeform
    if (isEmpty) this.#sendCall(deltas, call.index, { function: { arguments: '{}' } })
    call.hasArguments = true
  }

  #pushText(event: PartEvent, speech: OpenText, deltas: Delta[]): void {
    if (event.type === 'part-delta') {
      if (speech.type === 'text') this.#textLength += event.text.length
      speech.length += event.text.length
      deltas.push(textDelta(event.text, speech))
      speech.isSent = true
    } else if (event.type === 'part-seal') deltas.push(...sealDelta(event.seal, speech))
    else if (event.type === 'part-citation' && !hasRange(event.citation)) speech.citations.push(event.citation)
    else if (event.type === 'part-citation') this.#cite([event.citation], speech, deltas)
    else if (event.type === 'part-end') this.#cite(speech.citations, speech, deltas)
  }

  #cite(citations: readonly Citation[], { at, length }: OpenText, deltas: Delta[]): void {
    const range = { start: at, end: at + length }
    const { isOwn, losses } = this.#context
    const shown = isOwn ? citations.filter((each) => !isSearchResult(each)) : citations
    const annotations = shown.flatMap((each) => encodeCitation(each, range, losses) ?? [])
    if (annotations.length > 0) deltas.push({ annotations })
  }
}

const argumentsDelta = ({ opening }: OpenCall, text: string): object =>
  opening.isFreeform ? { custom: { input: text } } : { function: { arguments: text } }

const isTextPart = ({ type }: PartOpening): boolean => type !== 'tool-call' && type !== 'native' && type !== 'media'

function textDelta(text: string, { type, opening, at, isSent }: OpenText): Delta {
  if (type === 'text') return { content: text }
  if (type === 'refusal') return { refusal: text }
  const { isSummary, id } = opening as Extract<PartOpening, { type: 'reasoning' }>
  const more = { ...(isSummary && { isSummary }), ...(!isSent && id !== undefined && { id }) }
  return { reasoning_content: text, reasoning_details: [encodeDetailDelta(text, at, more)] }
}

function sealDelta(seal: Seal, { type, opening, at, isSent }: OpenText): Delta[] {
  if (type === 'text') return seal.origin === 'none' ? [] : [{ ...encodeSeal(seal) }]
  if (type === 'refusal') return []
  const { isSummary, id } = opening as Extract<PartOpening, { type: 'reasoning' }>
  const more = { ...(isSummary && { isSummary }), ...(!isSent && id !== undefined && { id }) }
  const details = encodeDetailSeal(seal, at, more)
  return details.length > 0 ? [{ reasoning_details: details }] : []
}
