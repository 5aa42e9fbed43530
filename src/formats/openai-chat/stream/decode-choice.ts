import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { withToolCalls } from '../../../chat/finish.ts'
import type { MediaPart } from '../../../chat/part.ts'
import { defined } from '../../fields/defined.ts'
import { isRecord } from '../../fields/fields.ts'
import { readExtraContent } from '../../openai-shared/calls.ts'
import { decodeCitations } from '../content/citations.ts'
import { thinkingText } from '../../openai-shared/decode-content.ts'
import { decodeFinish, type NativeFinish } from '../response/finish.ts'
import { decodeLogprobs } from '../../openai-shared/logprobs.ts'
import { decodeUrl } from '../../openai-shared/media.ts'
import { NAME } from '../../openai-shared/name.ts'
import { filled, listOf } from '../../fields/values.ts'
import { type DetailFacts, readDetail } from '../../openai-shared/reasoning.ts'
import { citationsIn, type Source } from '../content/search-results.ts'
import { decodeSpeech } from '../content/speech.ts'
import { ToolCalls } from './tool-deltas.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

type TextKind = 'text' | 'refusal' | 'reasoning'

/** The open text, refusal or piece of reasoning; one at a time. */
interface OpenText {
  readonly type: TextKind
  readonly index: number
  /** Distinguishes several pieces of reasoning. */
  readonly key: string
}

/** Decodes the deltas of one choice. Parts are emitted as they open; several calls stay open until the choice ends. */
export class ChoiceDecoder {
  readonly #choice: number
  readonly #calls: ToolCalls
  #parts = 0
  #open: OpenText | undefined
  #sources: readonly Source[] = []
  /** The text of the open part, if the response lists its sources. */
  #citedText = ''
  #hasCitations = false
  #end: NativeFinish | undefined
  #extra: Record<string, unknown> | undefined
  #audio: Record<string, unknown> | undefined

  constructor(choice: number, responseId: string | undefined) {
    this.#choice = choice
    this.#calls = new ToolCalls(choice, responseId, (part, events) => this.#start(part, events))
  }

  get hasEnded(): boolean {
    return filled(this.#end?.finish_reason) !== undefined
  }

  /** Whether `[DONE]` ends the choice: it has content, or a finish reason that is empty (Snowflake). */
  get mayHaveEnded(): boolean {
    return this.#end !== undefined || this.#parts > 0 || this.#audio !== undefined
  }

  /** `sources`: the pages of a search so far. */
  push(choice: JsonObject, events: ChatEvent[], sources: readonly Source[]): void {
    if (sources.length > 0) this.#sources = sources
    const delta = choice['delta'] ?? choice['message']
    if (isRecord(delta)) this.#pushDelta(delta, events)
    const tokens = choice['logprobs'] ? decodeLogprobs(choice['logprobs']) : undefined
    if (tokens) events.push({ type: 'logprobs', choice: this.#choice, tokens })
    this.#keepExtra(choice)
    const { finish_reason: reason } = choice as NativeFinish
    if (typeof reason !== 'string') return
    // The first reason counts, because OpenRouter repeats it; but a filter can follow it.
    if (!this.hasEnded || reason === 'content_filter') this.#end = choice
    if (reason !== '') this.#closeAll(events)
  }

  finish(events: ChatEvent[]): void {
    this.#closeAll(events)
    // `[DONE]` without a reason (Snowflake) is a normal end.
    const { hasCalls } = this.#calls
    const finish = this.hasEnded ? decodeFinish(this.#end!, hasCalls) : withToolCalls({ reason: 'stop' }, hasCalls)
    events.push({ type: 'finish', choice: this.#choice, finish, ...defined({ extra: this.#extra }) })
  }

  #pushDelta(delta: JsonObject, events: ChatEvent[]): void {
    this.#pushReasoning(delta, events)
    const { content, refusal, tool_calls: calls, function_call: call } = delta
    if (typeof content === 'string') this.#pushText('text', content, events)
    else if (Array.isArray(content)) for (const item of content) this.#pushItem(item, events)
    if (filled(refusal)) this.#pushText('refusal', refusal as string, events)
    if (delta['annotations']) this.#pushCitations(delta['annotations'], events)
    if (delta['images']) this.#pushImages(delta['images'], events)
    if (isRecord(delta['audio'])) this.#audio = joinAudio(this.#audio, delta['audio'])
    if (Array.isArray(calls) && calls.length > 0) {
      this.#close(events)
      for (const one of calls) if (isRecord(one)) this.#calls.push(one, events)
    } else if (isRecord(call) && (filled(call['name']) || filled(call['arguments']))) {
      this.#close(events)
      this.#calls.push({ function: call }, events)
    }
    this.#keepMessageExtra(delta)
    const seal = delta['extra_content'] ? readExtraContent(delta['extra_content']) : undefined
    if (seal) events.push({ type: 'part-seal', ...this.#place('text', '', events), seal })
  }

  /** Details contain more than the plain text beside them, which repeats their texts. */
  #pushReasoning(delta: JsonObject, events: ChatEvent[]): void {
    const details = delta['reasoning_details']
    const read = Array.isArray(details) && details.length > 0 ? details.map(readDetail) : []
    const isDetailed = read.some((detail) => detail && detail.text !== '')
    const plain = isDetailed ? undefined : (filled(delta['reasoning_content']) ?? filled(delta['reasoning']))
    if (plain !== undefined) this.#pushText('reasoning', plain, events)
    for (const detail of read) if (detail) this.#pushDetail(detail, events)
  }

  #pushDetail({ text, isSummary, id, seal, key }: DetailFacts, events: ChatEvent[]): void {
    if (text === '' && !seal) return
    const more = { ...(isSummary && { isSummary }), ...defined({ id }) }
    const place = this.#place('reasoning', key, events, more)
    if (text !== '') events.push({ type: 'part-delta', ...place, text })
    if (seal) events.push({ type: 'part-seal', ...place, seal })
  }

  /** An item of a content list, as Mistral streams them. */
  #pushItem(item: unknown, events: ChatEvent[]): void {
    if (typeof item === 'string') this.#pushText('text', item, events)
    if (!isRecord(item)) return
    const { type, text } = item
    if (type === 'text') this.#pushText('text', filled(text) ?? '', events)
    else if (type === 'thinking') this.#pushText('reasoning', thinkingText(item['thinking']), events)
    else if (type === 'image_url') this.#pushImages([item], events)
    else if (typeof type === 'string') this.#pushPart({ type: 'native', format: NAME, kind: type, value: item }, events)
  }

  #pushText(type: TextKind, text: string, events: ChatEvent[]): void {
    if (text === '') return
    const key = type === 'reasoning' && this.#open?.type === 'reasoning' ? this.#open.key : ''
    events.push({ type: 'part-delta', ...this.#place(type, key, events), text })
    if (type === 'text' && this.#sources.length > 0) this.#citedText += text
  }

  #pushCitations(annotations: unknown, events: ChatEvent[]): void {
    this.#hasCitations = true
    for (const citation of decodeCitations(annotations))
      events.push({ type: 'part-citation', ...this.#place('text', '', events), citation })
  }

  #pushImages(images: unknown, events: ChatEvent[]): void {
    for (const image of listOf(images)) {
      const inner = isRecord(image) ? image['image_url'] : undefined
      const url = isRecord(inner) ? filled(inner['url']) : filled(inner)
      if (url !== undefined) this.#pushPart({ type: 'media', kind: 'image', ...decodeUrl(url) }, events)
    }
  }

  /** The position of the current part; a new part is opened if the type or key differs. */
  #place(type: TextKind, key: string, events: ChatEvent[], more: object = {}) {
    const open = this.#open
    if (open?.type === type && open.key === key) return { choice: this.#choice, index: open.index }
    this.#close(events)
    const index = this.#start({ type, ...more } as PartOpening, events)
    this.#open = { type, index, key }
    return { choice: this.#choice, index }
  }

  #start(part: PartOpening, events: ChatEvent[]): number {
    const index = this.#parts++
    events.push({ type: 'part-start', choice: this.#choice, index, part })
    return index
  }

  #pushPart(part: PartOpening, events: ChatEvent[]): void {
    this.#close(events)
    const index = this.#start(part, events)
    events.push({ type: 'part-end', choice: this.#choice, index })
  }

  #close(events: ChatEvent[]): void {
    if (!this.#open) return
    if (this.#open.type === 'text' && this.#sources.length > 0 && !this.#hasCitations) this.#cite(this.#open, events)
    events.push({ type: 'part-end', choice: this.#choice, index: this.#open.index })
    this.#open = undefined
  }

  /** The pages of a search as citations of the text that ends. */
  #cite({ index }: OpenText, events: ChatEvent[]): void {
    for (const citation of citationsIn(this.#citedText, this.#sources))
      events.push({ type: 'part-citation', choice: this.#choice, index, citation })
    this.#citedText = ''
    this.#hasCitations = true
  }

  #closeAll(events: ChatEvent[]): void {
    this.#close(events)
    const audio: MediaPart | undefined = decodeSpeech(this.#audio)
    this.#audio = undefined
    if (audio) this.#pushPart(audio, events)
    this.#calls.close(events)
  }

  /** Fields of a message that the canonical model does not have, such as the tools that Groq executed. */
  #keepMessageExtra(delta: JsonObject): void {
    for (const key in delta)
      if (!READ_DELTA.has(key) && isFilled(delta[key]))
        this.#extra = { ...this.#extra, message: { ...(this.#extra?.['message'] as object), [key]: delta[key] } }
  }

  #keepExtra(choice: JsonObject): void {
    for (const key in choice)
      if (!READ.has(key) && choice[key] !== null && !isEmpty(choice[key])) (this.#extra ??= {})[key] = choice[key]
  }
}

const READ: ReadonlySet<string> = new Set([
  'index',
  'delta',
  'message',
  'logprobs',
  'finish_reason',
  'native_finish_reason',
  'stop_reason',
  'matched_stop',
])

const READ_DELTA: ReadonlySet<string> = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'images',
  'audio',
  'extra_content',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
])

/** Servers write empty fields as null, as an empty text or as an empty list. */
const isFilled = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)

/** Azure sends filter results with every chunk, most of them empty. */
const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0

/** Audio arrives in pieces: data and transcript are appended, other fields are sent once. */
function joinAudio(audio: JsonObject = {}, more: JsonObject): Record<string, unknown> {
  const joined: Record<string, unknown> = { ...audio, ...more }
  for (const key of ['data', 'transcript'])
    if (typeof audio[key] === 'string') joined[key] = audio[key] + (filled(more[key]) ?? '')
  return joined
}
