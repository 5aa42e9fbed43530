import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { isRecord } from '../../fields/fields.ts'
import { decodeWholePart, malformed } from './response-part.ts'
import { decodeCitations } from '../content/citations.ts'
import { decodeFinish, finishReasonIn } from './finish.ts'
import { answerCallId } from '../content/ids.ts'
import { decodeLogprobs } from './logprobs.ts'
import { PartialArguments } from './partial-args.ts'
import { decodeSignature } from '../content/signature.ts'

type Fields = Record<string, unknown>

interface OpenText {
  readonly type: 'text' | 'reasoning'
  readonly index: number
  /** The last chunk with text of this part. */
  chunk: number
  isSealed: boolean
}

interface OpenCall {
  readonly index: number
  readonly args: PartialArguments
}

/** Fields that are read. All others become extra fields. */
const READ = new Set(['content', 'finishReason', 'index', 'logprobsResult'])

/** Reads one candidate of a response, chunk by chunk, as events. */
export class CandidateReader {
  readonly #choice: number
  #next = 0
  #calls = 0
  /** The whole text so far, to find the ranges of citations. */
  #fullText = ''
  /** Where the open part begins in `#fullText`. */
  #textStart = 0
  #text: OpenText | undefined
  #call: OpenCall | undefined
  #finish: string | undefined
  #extra: Fields | undefined

  constructor(choice: number) {
    this.#choice = choice
  }

  /** `chunk`: the number of the candidate's chunk. */
  push(candidate: Fields, chunk: number, responseId: string | undefined, out: ChatEvent[]): void {
    for (const part of partsOf(candidate)) this.#readPart(part, chunk, responseId, out)
    if (candidate['citationMetadata'] !== undefined || candidate['groundingMetadata'] !== undefined)
      this.#readCitations(candidate, out)
    if (candidate['logprobsResult'] !== undefined) this.#readLogprobs(candidate['logprobsResult'], out)
    this.#readFinish(finishReasonIn(candidate['finishReason']))
    for (const key in candidate) if (!READ.has(key) && candidate[key] !== null) this.#keepExtra(key, candidate[key])
  }

  /** The last reason counts, because a filter can follow `STOP`. A repeated `STOP` changes nothing. */
  #readFinish(reason: string | undefined): void {
    if (reason !== undefined && (this.#finish === undefined || decodeFinish(reason, false).reason !== 'stop'))
      this.#finish = reason
  }

  get isFinished(): boolean {
    return this.#finish !== undefined
  }

  end(out: ChatEvent[]): void {
    this.#close(out)
    const finish = decodeFinish(this.#finish, this.#calls > 0)
    const { finishMessage, safetyRatings } = this.#extra ?? {}
    const hasDetails = finish.reason === 'content-filter' || finish.reason === 'malformed-tool-call'
    const details = hasDetails && (finishMessage ?? safetyRatings)
    out.push({
      type: 'finish',
      choice: this.#choice,
      finish: details ? { ...finish, details } : finish,
      ...(this.#extra && { extra: this.#extra }),
    })
  }

  #readPart(part: unknown, chunk: number, responseId: string | undefined, out: ChatEvent[]): void {
    if (!isRecord(part)) throw malformed('a part is not an object')
    const { functionCall, text, thoughtSignature } = part
    const signature = typeof thoughtSignature === 'string' ? thoughtSignature : undefined
    if (isRecord(functionCall)) this.#readCall(functionCall, signature, responseId, out)
    else if (typeof text === 'string') this.#readText(text, part['thought'] === true, signature, chunk, out)
    else {
      const whole = decodeWholePart(part)
      if (!whole) return
      this.#close(out)
      this.#end(this.#start(whole, out), out)
    }
  }

  /** Appends to the open text of the same kind, unless a signature closed it or this chunk has another part of it. */
  #readText(text: string, isThought: boolean, signature: string | undefined, chunk: number, out: ChatEvent[]): void {
    if (text === '' && signature === undefined) return
    const type = isThought ? 'reasoning' : 'text'
    let open = this.#text
    if (open?.type !== type || open.isSealed || (text !== '' && open.chunk === chunk)) {
      this.#close(out)
      const opening: PartOpening = isThought ? { type: 'reasoning', isSummary: true } : { type: 'text' }
      open = this.#text = { type, index: this.#start(opening, out), chunk, isSealed: false }
    }
    open.chunk = chunk
    if (text !== '') out.push({ type: 'part-delta', choice: this.#choice, index: open.index, text })
    if (!isThought) this.#fullText += text
    if (signature === undefined) return
    this.#seal(open.index, signature, out)
    open.isSealed = true
  }

  #readCall(call: Fields, signature: string | undefined, responseId: string | undefined, out: ChatEvent[]): void {
    const name = typeof call['name'] === 'string' && call['name'] !== '' ? call['name'] : undefined
    if (name !== undefined) {
      this.#close(out)
      const id = typeof call['id'] === 'string' && call['id'] !== '' ? call['id'] : undefined
      const ordinal = ++this.#calls
      const opening = { type: 'tool-call', id: id ?? answerCallId(responseId, this.#choice, ordinal), name } as const
      this.#call = { index: this.#start(opening, out), args: new PartialArguments() }
    }
    if (!this.#call) throw malformed('a functionCall has no name')
    if (signature !== undefined) this.#seal(this.#call.index, signature, out)
    this.#readArguments(this.#call, call)
    if (call['willContinue'] !== true) this.#close(out)
  }

  #readArguments({ args }: OpenCall, { args: complete, partialArgs }: Fields): void {
    args.merge(complete)
    if (Array.isArray(partialArgs)) for (const piece of partialArgs as unknown[]) args.push(piece)
  }

  #readLogprobs(result: unknown, out: ChatEvent[]): void {
    const tokens = decodeLogprobs(result)
    if (tokens.length > 0) out.push({ type: 'logprobs', choice: this.#choice, tokens })
  }

  /**
   * Attaches citations to the part that is open when they arrive. In all recordings it is the text that they refer to.
   */
  #readCitations(candidate: Fields, out: ChatEvent[]): void {
    if (this.#text?.type !== 'text') return
    const position = { choice: this.#choice, index: this.#text.index }
    for (const citation of decodeCitations(candidate, this.#fullText)) {
      const { start, end, ...rest } = citation
      const isHere = start !== undefined && end !== undefined && start >= this.#textStart
      const range = isHere ? { start: start - this.#textStart, end: end - this.#textStart } : {}
      out.push({ type: 'part-citation', ...position, citation: { ...rest, ...range } })
    }
  }

  /** Appends to lists of citations. Of any other field, the last value is kept. */
  #keepExtra(key: string, value: unknown): void {
    const before = this.#extra?.[key]
    this.#extra ??= {}
    this.#extra[key] =
      key === 'citationMetadata' && isRecord(before) && isRecord(value) ? joinLists(before, value) : value
  }

  #start(part: PartOpening, out: ChatEvent[]): number {
    const index = this.#next++
    this.#textStart = this.#fullText.length
    out.push({ type: 'part-start', choice: this.#choice, index, part })
    return index
  }

  #seal(index: number, signature: string, out: ChatEvent[]): void {
    out.push({ type: 'part-seal', choice: this.#choice, index, seal: decodeSignature(signature) })
  }

  #end(index: number, out: ChatEvent[]): void {
    out.push({ type: 'part-end', choice: this.#choice, index })
  }

  #close(out: ChatEvent[]): void {
    if (this.#text) this.#end(this.#text.index, out)
    if (this.#call) {
      const { index, args } = this.#call
      out.push({ type: 'part-delta', choice: this.#choice, index, text: args.toString() })
      this.#end(index, out)
    }
    this.#text = undefined
    this.#call = undefined
  }
}

function partsOf({ content }: Fields): readonly unknown[] {
  const parts = isRecord(content) ? (content['parts'] ?? []) : []
  if (Array.isArray(parts)) return parts
  throw malformed('parts is not a list')
}

const joinLists = (before: Fields, after: Fields): Fields => {
  const joined = { ...before, ...after }
  for (const key in before)
    if (Array.isArray(before[key]) && Array.isArray(after[key]))
      joined[key] = [...(before[key] as unknown[]), ...(after[key] as unknown[])]
  return joined
}
