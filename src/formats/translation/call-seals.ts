import type { Part, ReasoningPart, Seal } from '../../chat/part.ts'
import { changed } from '../fields/request-paths.ts'

/** The makers whose models sign calls. Claude signs its reasoning, which can be hidden too. */
const SIGN_CALLS: ReadonlySet<string> = new Set(['gemini'])

/**
 * Moves seals to the tool calls and texts that they belong to. A format without a place for a signature on them
 * (`ownOrigin`) carries it on reasoning without text: before a call or an image, after a text. A seal of another origin
 * there belongs to the call, or if neither a call nor an image follows, to the text. That of an image stays before it.
 */
export function sealCalls<Kind extends Part>(parts: readonly Kind[], ownOrigin: string): Kind[] {
  const isSeal = (part: Kind | undefined): part is Kind & ReasoningPart => part !== undefined && seals(part, ownOrigin)
  return parts.flatMap((part, index) => {
    const before = parts[index - 1]
    if (part.type === 'tool-call' && isSeal(before)) return [sealed(part, before.seal!)]
    const next = parts[index + 1]
    if (part.type === 'text' && signsText(next) && !isSignedBefore(parts[index + 2])) return [sealed(part, next.seal!)]
    if (signsText(part) && before?.type === 'text' && !isImage(next)) return []
    return isSeal(part) && next?.type === 'tool-call' ? [] : [part]
  })
}

const sealed = <Kind extends Part>(part: Kind, seal: Seal): Kind =>
  changed<Part>(part, { seal } as Partial<Part>) as Kind

const isSignedBefore = (part: Part | undefined): boolean => part?.type === 'tool-call' || isImage(part)

/** An image, or an item that stands for one. */
const isImage = (part: Part | undefined): boolean => part?.type === 'media' || part?.type === 'native'

/** Only Gemini signs texts. */
const signsText = (part: Part | undefined): part is ReasoningPart =>
  part?.type === 'reasoning' && part.text === '' && part.seal?.origin === 'gemini' && part.seal.signature !== undefined

const seals = (part: Part, ownOrigin: string): boolean =>
  part.type === 'reasoning' &&
  part.text === '' &&
  part.seal?.signature !== undefined &&
  part.seal.origin !== ownOrigin &&
  SIGN_CALLS.has(part.seal.origin)
