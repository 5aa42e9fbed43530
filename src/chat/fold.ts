import type { ChatEvent, PartOpening } from './event.ts'
import type { Finish } from './finish.ts'
import type { Citation, Extra, Seal } from './part.ts'
import type { ResponsePart, ChatResponse, Choice, TokenLogprob } from './response.ts'

type Start = Extract<ChatEvent, { type: 'start' }>

interface OpenPart {
  readonly opening: PartOpening
  readonly text: string[]
  readonly citations: Citation[]
  seal: Seal | undefined
}

interface OpenChoice {
  readonly parts: OpenPart[]
  readonly logprobs: TokenLogprob[]
  finish: Finish
  extra: Extra | undefined
}

/** The finish of a stream that reported none. */
const UNFINISHED: Finish = { reason: 'other' }

/**
 * Folds a stream of events into the complete response: equal to what the same upstream would have sent without streaming.
 * `format` is the format the events were decoded from. Parts that were never closed are kept as far as they were
 * received.
 */
export function fold(events: Iterable<ChatEvent>, format: string): ChatResponse {
  const folding = new Fold()
  for (const event of events) folding.push(event)
  return folding.response(format)
}

/** Folds a stream event by event. */
export class Fold {
  #start: Start | undefined
  #usage: ChatResponse['usage']
  readonly #choices: OpenChoice[] = []

  push(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        this.#start ??= event
        return
      case 'usage':
        this.#usage = event.usage
        return
      case 'error':
        return
      case 'finish':
        Object.assign(this.#choice(event.choice), { finish: event.finish, extra: event.extra })
        return
      case 'logprobs':
        this.#choice(event.choice).logprobs.push(...event.tokens)
        return
      default:
        this.#pushPart(event)
    }
  }

  response(format: string): ChatResponse {
    const { type: _, ...start } = this.#start ?? { type: 'start' }
    return {
      ...start,
      format,
      choices: this.#choices.map(closeChoice),
      ...(this.#usage && { usage: this.#usage }),
    }
  }

  #pushPart(event: Extract<ChatEvent, { index: number }>): void {
    const { parts } = this.#choice(event.choice)
    if (event.type === 'part-start') {
      parts[event.index] = { opening: event.part, text: [], citations: [], seal: undefined }
      return
    }
    const part = parts[event.index]
    if (!part) return
    if (event.type === 'part-delta') part.text.push(event.text)
    else if (event.type === 'part-citation') part.citations.push(event.citation)
    else if (event.type === 'part-seal') part.seal = { ...part.seal, ...event.seal }
  }

  #choice(index: number): OpenChoice {
    for (let next = this.#choices.length; next <= index; next++)
      this.#choices[next] = { parts: [], logprobs: [], finish: UNFINISHED, extra: undefined }
    return this.#choices[index]!
  }
}

const closeChoice = ({ parts, logprobs, finish, extra }: OpenChoice): Choice => ({
  parts: parts.filter((part) => part !== undefined).map(closePart),
  finish,
  ...(logprobs.length > 0 && { logprobs }),
  ...(extra && { extra }),
})

function closePart({ opening, text, citations, seal }: OpenPart): ResponsePart {
  const joined = text.join('')
  switch (opening.type) {
    case 'text':
      return { type: 'text', text: joined, ...(citations.length > 0 && { citations }), ...(seal && { seal }) }
    case 'refusal':
      return { type: 'refusal', text: joined }
    case 'reasoning':
      return { ...opening, text: joined, ...(seal && { seal }) }
    case 'tool-call':
      return { ...opening, arguments: argumentsOf(opening, joined), ...(seal && { seal }) }
    default:
      return opening
  }
}

const argumentsOf = ({ isFreeform }: { readonly isFreeform?: true }, text: string): string =>
  !isFreeform && text.trim() === '' ? '{}' : text
