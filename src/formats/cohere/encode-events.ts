import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Citation } from '../../chat/part.ts'
import type { TokenLogprob } from '../../chat/response.ts'
import type { GatewayError } from '../../errors.ts'
import type { Usage } from '../../chat/usage.ts'
import type { ResponseFacts, EventEncoder } from '../format.ts'
import { sseFrame } from '../../codecs/framing/sse.ts'
import { originalOf } from '../fields/originals.ts'
import { noteFields, noteFinish, noteSeal } from '../openai-shared/simple-losses.ts'
import { hasRange } from '../translation/citation-range.ts'
import { InOrder } from '../translation/in-order.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeCitation } from './citations.ts'
import { encodeFinish } from './finish.ts'
import { encodeChunk } from './logprobs.ts'
import { CLIENT, LABEL, NAME, PLAN } from './name.ts'
import { encodeUsage } from './usage.ts'

/** Encodes a stream of Cohere's events, with one part open at a time. */
export const createEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder => new Encoder(facts, losses)

/** An open part by its names in the events. */
interface Open {
  readonly kind: 'content' | 'tool-call' | 'tool-plan'
  readonly field: 'text' | 'thinking' | 'arguments'
  readonly index: number
  /** The text so far, for citations. */
  text: string
  /** Citations without a range, which refer to the whole text. */
  readonly citations: Citation[]
}

class Encoder implements EventEncoder {
  readonly #facts: ResponseFacts
  readonly #losses: Losses
  readonly #inOrder = new InOrder()
  #open: Open | undefined
  #contents = 0
  #calls = 0
  #citations = 0
  #finish = 'COMPLETE'
  #usage: Usage | undefined
  #format: string | undefined

  constructor(facts: ResponseFacts, losses: Losses) {
    this.#facts = facts
    this.#losses = losses
  }

  push(event: ChatEvent): string {
    let text = ''
    for (const each of this.#inOrder.push(event)) text += this.#write(each)
    return text
  }

  end(): string {
    const usage = this.#usage && { usage: encodeUsage(this.#usage, this.#isOwn) }
    return `${frame('message-end', { delta: { finish_reason: this.#finish, ...usage } })}data: [DONE]\n\n`
  }

  fail({ message }: GatewayError): string {
    return `${frame('message-end', { delta: { error: message, finish_reason: 'ERROR' } })}data: [DONE]\n\n`
  }

  get #isOwn(): boolean {
    return this.#format === NAME
  }

  #write(event: ChatEvent): string {
    if ('choice' in event && event.choice > 0) return '' // requests for several choices are rejected
    switch (event.type) {
      case 'start':
        return this.#start(event)
      case 'part-start':
        return this.#openPart(event.part)
      case 'part-delta':
        return this.#open ? this.#delta(this.#open, event.text) : ''
      case 'part-citation':
        return this.#open ? this.#cite(this.#open, event.citation) : ''
      case 'part-seal':
        noteSeal(event.seal, CLIENT, this.#losses)
        return ''
      case 'part-end':
        return this.#close()
      case 'logprobs':
        return this.#writeLogprobs(event.tokens)
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'finish':
        return this.#end(event)
      default:
        return ''
    }
  }

  #start({ format, id, extra }: Extract<ChatEvent, { type: 'start' }>): string {
    this.#format = format
    noteFields(extra, format, CLIENT, this.#losses)
    const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
    return frame('message-start', { id: (this.#isOwn && id) || this.#facts.id, delta: { message } })
  }

  #openPart(part: PartOpening): string {
    if (part.type === 'media' || part.type === 'native') {
      this.#losses.note('content', `removed: ${LABEL} responses cannot contain ${part.kind}`)
      return ''
    }
    const rest = { text: '', citations: [] }
    if (part.type === 'tool-call') {
      const { id, name } = part
      this.#open = { kind: 'tool-call', field: 'arguments', index: this.#calls++, ...rest }
      const call = { id, type: 'function', function: { name, arguments: '' } }
      return this.#frame('start', { tool_calls: call })
    }
    if (originalOf(part) === PLAN) {
      this.#open = { kind: 'tool-plan', field: 'text', index: 0, ...rest }
      return ''
    }
    const field = part.type === 'reasoning' ? 'thinking' : 'text'
    this.#open = { kind: 'content', field, index: this.#contents++, ...rest }
    return this.#frame('start', { content: { type: field, [field]: '' } })
  }

  #delta(open: Open, text: string): string {
    open.text += text
    return deltaFrame(open, JSON.stringify(text))
  }

  /** The tokens of the delta before them, whose text they repeat. */
  #writeLogprobs(tokens: readonly TokenLogprob[]): string {
    if (this.#open?.kind !== 'content' || this.#open.field !== 'text') {
      this.#losses.note('logprobs', `removed: ${LABEL} streams have them for texts only`)
      return ''
    }
    const delta = { message: { content: { text: '' } } }
    return frame('content-delta', { index: this.#open.index, delta, logprobs: encodeChunk(tokens, this.#losses) })
  }

  /** A citation without a range waits for the end of its text. */
  #cite(open: Open, citation: Citation): string {
    if (hasRange(citation) || citation.native.format === NAME) return this.#writeCitation(open, citation)
    open.citations.push(citation)
    return ''
  }

  #writeCitation({ text, index: at }: Open, citation: Citation): string {
    const index = this.#citations++
    const delta = { message: { citations: encodeCitation(citation, text, at) } }
    return frame('citation-start', { index, delta }) + frame('citation-end', { index })
  }

  #close(): string {
    const open = this.#open
    if (!open) return ''
    // Clients parse the arguments of a call, and of a call without any the upstream may send none.
    const empty = open.kind === 'tool-call' && open.text.trim() === '' ? this.#delta(open, '{}') : ''
    const cited = open.citations.map((citation) => this.#writeCitation(open, citation)).join('')
    const closing = open.kind === 'tool-plan' ? '' : this.#frame('end')
    this.#open = undefined
    return empty + cited + closing
  }

  #end({ finish, extra }: Extract<ChatEvent, { type: 'finish' }>): string {
    this.#finish = this.#isOwn && finish.native !== undefined ? finish.native : encodeFinish(finish, this.#calls > 0)
    noteFinish(finish, CLIENT, this.#losses)
    noteFields(extra, this.#format, CLIENT, this.#losses)
    return this.#close()
  }

  #frame(step: 'start' | 'end', message?: object): string {
    const { kind, index } = this.#open!
    return frame(`${kind}-${step}`, { index, ...(message && { delta: { message } }) })
  }
}

/** Most events are deltas, so their JSON is written around the text. */
function deltaFrame({ kind, field, index }: Open, text: string): string {
  const type = `${kind}-delta`
  if (kind === 'tool-plan') return jsonFrame(`{"type":"${type}","delta":{"message":{"tool_plan":${text}}}}`, type)
  const inner = kind === 'content' ? `"content":{"${field}":${text}}` : `"tool_calls":{"function":{"${field}":${text}}}`
  return jsonFrame(`{"type":"${type}","index":${index},"delta":{"message":{${inner}}}}`, type)
}

const frame = (type: string, fields: object): string => jsonFrame(JSON.stringify({ type, ...fields }), type)

/** Cohere's library for JavaScript ends a stream at the text `[DONE]` anywhere in a line, so JSON contains it escaped. */
const jsonFrame = (json: string, type: string): string =>
  sseFrame(json.includes('[DONE]') ? json.replaceAll('[DONE]', '\\u005bDONE]') : json, type)
