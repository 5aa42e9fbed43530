import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import type { Finish } from '../../../chat/finish.ts'
import type { Citation, Extra, Seal, ToolCallPart } from '../../../chat/part.ts'
import type { TokenLogprob } from '../../../chat/response.ts'
import type { Losses } from '../../translation/losses.ts'
import { ownExtra } from '../response/response-extra.ts'
import { encodeGrounding, inText } from '../content/citations.ts'
import { encodeResponsePart, signed, type WirePart } from '../response/encode-response-part.ts'
import { encodeFinish, messageOf } from '../response/finish.ts'
import { encodeLogprobs } from '../response/logprobs.ts'
import { parseToolInput } from '../../translation/tool-input.ts'

type Candidate = Record<string, unknown>
type ToolOpening = Extract<PartOpening, { type: 'tool-call' }>

/** Writes one choice of a stream, whose parts arrive one after the other, as candidates of chunks. */
export class CandidateWriter {
  readonly #index: number
  readonly #format: string | undefined
  readonly #losses: Losses
  #opening: PartOpening | undefined
  /** The arguments of a call so far. A call is written complete, or not at all. */
  #arguments = ''
  #seal: Seal | undefined
  /** A call whose arguments are unreadable. If the response was not cut in it, that is an error. */
  #unreadable: ToolCallPart | undefined
  #fullText = ''
  #textStart = 0
  readonly #citations: Citation[] = []
  /** Citations of the part that is open. Their range can be the whole text, which is known when it has ended. */
  readonly #newCitations: Citation[] = []
  readonly #logprobs: TokenLogprob[] = []
  #finish: Finish = { reason: 'other' }
  #extra: Extra | undefined
  #hasParts = false

  constructor(index: number, format: string | undefined, losses: Losses) {
    this.#index = index
    this.#format = format
    this.#losses = losses
  }

  /** The candidate of a chunk; undefined: nothing to write. */
  push(event: ChatEvent): Candidate | undefined {
    switch (event.type) {
      case 'part-start':
        return this.#open(event.part)
      case 'part-delta':
        return this.#writeDelta(event.text)
      case 'part-seal':
        return this.#writeSeal(event.seal)
      case 'part-citation':
        return this.#addCitation(event.citation)
      case 'part-end':
        return this.#close()
      case 'logprobs':
        this.#logprobs.push(...event.tokens)
        return undefined
      case 'finish':
        this.#finish = event.finish
        this.#extra = ownExtra(event.extra, this.#format, this.#losses)
        return this.#end(event.finish)
      default:
        return undefined
    }
  }

  /** No part was written. */
  get isEmpty(): boolean {
    return !this.#hasParts
  }

  /**
   * The last candidate: an empty text and the finish reason. Like Google's, it has a part, because some clients read
   * it.
   */
  last(): Candidate {
    const groundingMetadata = encodeGrounding(this.#citations, this.#fullText, this.#losses)
    return {
      ...this.#with({ text: '' }),
      finishReason: encodeFinish(this.#finish),
      ...messageOf(this.#finish, this.#format),
      ...(this.#logprobs.length > 0 && { logprobsResult: encodeLogprobs(this.#logprobs) }),
      ...(groundingMetadata && { groundingMetadata }),
      ...this.#extra,
    }
  }

  #with = (part: WirePart): Candidate => ({ content: { parts: [part], role: 'model' }, index: this.#index })

  #open(part: PartOpening): Candidate | undefined {
    this.#hasParts = true
    this.#opening = part
    this.#textStart = this.#fullText.length
    if (part.type !== 'media' && part.type !== 'native') return undefined
    const wire = encodeResponsePart(part, this.#losses)
    return wire && this.#with(wire)
  }

  #writeDelta(text: string): Candidate | undefined {
    if (this.#opening?.type === 'tool-call') {
      this.#arguments += text
      return undefined
    }
    if (this.#opening?.type === 'reasoning') return this.#with({ text, thought: true })
    this.#fullText += text
    return this.#with({ text })
  }

  /** Writes the signature of a text as an empty part after it. */
  #writeSeal(seal: Seal): Candidate | undefined {
    if (this.#opening?.type === 'tool-call') {
      this.#seal = seal
      return undefined
    }
    const signature = signed(seal)
    if (signature['thoughtSignature'] === undefined) return undefined
    return this.#with({ text: '', ...(this.#opening?.type === 'reasoning' && { thought: true }), ...signature })
  }

  #addCitation(citation: Citation): undefined {
    this.#newCitations.push(citation)
    return undefined
  }

  #close(): Candidate | undefined {
    const opening = this.#opening
    this.#opening = undefined
    const text = { start: this.#textStart, length: this.#fullText.length - this.#textStart }
    for (const citation of this.#newCitations.splice(0)) this.#citations.push(inText(citation, text))
    return opening?.type === 'tool-call' ? this.#writeCall(opening) : undefined
  }

  #writeCall(opening: ToolOpening): Candidate | undefined {
    const call = { ...opening, arguments: this.#arguments, ...(this.#seal && { seal: this.#seal }) }
    this.#arguments = ''
    this.#seal = undefined
    if (!parseToolInput(call.arguments)) {
      this.#unreadable ??= call
      return undefined
    }
    const wire = encodeResponsePart(call, this.#losses)
    return wire && this.#with(wire)
  }

  /** Throws GatewayError `upstream_malformed` for an unreadable call, unless the response was cut in it. */
  #end({ reason }: Finish): Candidate | undefined {
    const last = this.#close()
    if (this.#unreadable) encodeResponsePart(this.#unreadable, this.#losses, reason === 'length')
    return last
  }
}
