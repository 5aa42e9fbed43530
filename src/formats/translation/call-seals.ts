import type { Part, ReasoningPart } from '../../chat/part.ts'

/**
 * Moves seals to the tool calls that they belong to. A format without a place for a signature on a call (`ownOrigin`)
 * carries it on reasoning without text before the call; a seal of another origin there belongs to the call.
 */
export function sealCalls<Kind extends Part>(parts: readonly Kind[], ownOrigin: string): Kind[] {
  const isSeal = (part: Kind | undefined): part is Kind & ReasoningPart => part !== undefined && seals(part, ownOrigin)
  return parts.flatMap((part, index) => {
    const before = parts[index - 1]
    if (part.type === 'tool-call' && isSeal(before)) return [{ ...part, seal: before.seal! }]
    return isSeal(part) && parts[index + 1]?.type === 'tool-call' ? [] : [part]
  })
}

const seals = (part: Part, ownOrigin: string): boolean =>
  part.type === 'reasoning' &&
  part.text === '' &&
  part.seal?.signature !== undefined &&
  part.seal.origin !== ownOrigin &&
  part.seal.origin !== 'none'
