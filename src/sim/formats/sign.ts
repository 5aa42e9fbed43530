// Real providers sign or encrypt what a client must send back: reasoning, and Gemini's calls. A strict simulator does so
// too, because the rules that judge the next request demand it.
import type { ChatEvent } from '../../chat/event.ts'
import type { EventDecorator } from '../../chat/event-decorator.ts'
import type { Seal } from '../../chat/part.ts'
import type { ChatResponse, ResponsePart } from '../../chat/response.ts'
import { hashText } from '../text/tokens.ts'

type SignedKind = 'reasoning' | 'tool-call'

/** Which parts a format signs, and where its seal has the blob. */
const SIGNS: Readonly<Record<string, { readonly kind: SignedKind; readonly field: 'signature' | 'data' }>> = {
  anthropic: { kind: 'reasoning', field: 'signature' },
  'bedrock-converse': { kind: 'reasoning', field: 'signature' },
  'openai-responses': { kind: 'reasoning', field: 'data' },
  gemini: { kind: 'tool-call', field: 'signature' },
}

/** Signs a part; undefined for a part that the format does not sign. Of several calls only the first is signed. */
type Sign = (kind: string, choice: number, index: number) => Seal | undefined

/** Signs one response. `id`: that of the response. */
export function createSigner(format: string, id: string): EventDecorator {
  const sign = createSign(format, id)
  const open = new Map<string, string>()
  return {
    response: (response) => signResponse(response, sign),
    events: (events) => events.flatMap((event) => signEvent(event, open, sign)),
    end: () => [],
  }
}

function createSign(format: string, id: string): Sign {
  const { kind: signed, field } = SIGNS[format] ?? {}
  const begun = new Set<number>()
  return (kind, choice, index) => {
    if (kind !== signed || field === undefined) return undefined
    if (kind === 'tool-call' && begun.has(choice)) return undefined
    begun.add(choice)
    return { origin: format, [field]: blobFor(`${id} ${choice} ${index}`) }
  }
}

/** Base64, the same for the same text. */
const blobFor = (text: string): string => Buffer.from(`sim ${hashText(text).toString(16)}`).toString('base64')

const signResponse = (response: ChatResponse, sign: Sign): ChatResponse => ({
  ...response,
  choices: response.choices.map((choice, at) => ({
    ...choice,
    parts: choice.parts.map((part, index) => signPart(part, sign(part.type, at, index))),
  })),
})

const signPart = (part: ResponsePart, seal: Seal | undefined): ResponsePart =>
  seal !== undefined && (part.type === 'reasoning' || part.type === 'tool-call') ? { ...part, seal } : part

/** A call is signed before its arguments, reasoning at its end. `open`: the kinds of the parts so far. */
function signEvent(event: ChatEvent, open: Map<string, string>, sign: Sign): readonly ChatEvent[] {
  if (event.type !== 'part-start' && event.type !== 'part-end') return [event]
  const { choice, index } = event
  const key = `${choice} ${index}`
  if (event.type === 'part-start') open.set(key, event.part.type)
  const kind = open.get(key) ?? ''
  const isPlace = (event.type === 'part-start') === (kind === 'tool-call')
  const seal = isPlace ? sign(kind, choice, index) : undefined
  if (seal === undefined) return [event]
  const sealed: ChatEvent = { type: 'part-seal', choice, index, seal }
  return event.type === 'part-start' ? [event, sealed] : [sealed, event]
}
