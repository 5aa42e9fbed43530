import type { Part, ReasoningPart } from '../../chat/part.ts'

/** The makers whose models sign calls. Claude signs its reasoning, which can be hidden too. */
const SIGN_CALLS: ReadonlySet<string> = new Set(['gemini'])

/**
 * Moves seals to the tool calls and texts that they belong to. A format without a place for a signature on them
 * (`ownOrigin`) carries it on reasoning without text: before a call, after a text. A seal of another origin there belongs
 * to the call, or if no call follows, to the text.
 */
export function sealCalls<Kind extends Part>(parts: readonly Kind[], ownOrigin: string): Kind[] {
  const isSeal = (part: Kind | undefined): part is Kind & ReasoningPart => part !== undefined && seals(part, ownOrigin)
  return parts.flatMap((part, index) => {
    const before = parts[index - 1]
    if (part.type === 'tool-call' && isSeal(before)) return [{ ...part, seal: before.seal! }]
    const next = parts[index + 1]
    if (part.type === 'text' && signsText(next) && parts[index + 2]?.type !== 'tool-call')
      return [{ ...part, seal: next.seal! }]
    if (signsText(part) && before?.type === 'text') return []
    return isSeal(part) && next?.type === 'tool-call' ? [] : [part]
  })
}

/** Only Gemini signs texts. */
const signsText = (part: Part | undefined): part is ReasoningPart =>
  part?.type === 'reasoning' && part.text === '' && part.seal?.origin === 'gemini' && part.seal.signature !== undefined

const seals = (part: Part, ownOrigin: string): boolean =>
  part.type === 'reasoning' &&
  part.text === '' &&
  part.seal?.signature !== undefined &&
  part.seal.origin !== ownOrigin &&
  SIGN_CALLS.has(part.seal.origin)
