// Where a response text begins and ends: continuation of a partial text, the token limit, stop strings.
import { hashText, splitTokens } from './tokens.ts'
import { prose, type Prose } from './prose.ts'

export interface AnswerLimits {
  readonly maxTokens: number
  readonly minTokens: number
  /** vLLM's `ignore_eos`: generate up to the token limit. */
  readonly endless: boolean
  readonly stop: readonly string[]
  readonly keepStop: boolean
}

export interface Answer {
  /** What each token adds to the text; may be empty for tokens that only completed a stop string. */
  readonly pieces: readonly string[]
  readonly finishReason: 'stop' | 'length'
  /** The stop string that ended the text. */
  readonly stopReason: string | null
}

/** The prose of this seed, continued after `partial` (the first characters of the same text). */
export function proseAnswer(seed: number, partial: string, limits: AnswerLimits): Answer {
  const { minTokens, endless } = limits
  const before = partial === '' ? 0 : splitTokens(partial).length
  const whole = prose(seed, {
    wantedTokens: limits.maxTokens + before,
    minTokens: minTokens && minTokens + before,
    endless,
  })
  if (partial === '') return limited(whole, limits)
  const rest = restOf(whole, partial)
  if (rest) return limited(rest, limits)
  return limited(
    prose(mixSeed(seed, hashText(partial)), { wantedTokens: limits.maxTokens, minTokens, endless }),
    limits,
  )
}

/** A fixed text (such as JSON for a schema), continued after `partial`. */
export function fixedAnswer(text: string, partial: string, limits: AnswerLimits): Answer {
  const rest = text.startsWith(partial) ? text.slice(partial.length) : text
  return limited({ tokens: splitTokens(rest), ended: true }, limits)
}

/** The text after `partial`, if `partial` is the beginning of the same text. */
function restOf({ tokens, ended }: Prose, partial: string): Prose | undefined {
  const text = tokens.join('')
  return text.startsWith(partial) ? { tokens: splitTokens(text.slice(partial.length)), ended } : undefined
}

function limited({ tokens, ended }: Prose, limits: AnswerLimits): Answer {
  const cut = tokens.length > limits.maxTokens
  const pieces = cut ? tokens.slice(0, limits.maxTokens) : tokens
  const stopped = limits.stop.length > 0 && stopAt(pieces, limits)
  if (stopped) return stopped
  return { pieces, finishReason: ended && !cut ? 'stop' : 'length', stopReason: null }
}

/** The text up to the first stop string, independent of token boundaries; undefined if there is none. */
function stopAt(pieces: readonly string[], { stop, keepStop }: AnswerLimits): Answer | undefined {
  const text = pieces.join('')
  const found = stop
    .map((stopReason) => ({ stopReason, at: text.indexOf(stopReason) }))
    .filter(({ at }) => at >= 0)
    // The one that is complete first, as a server that checks token by token would find it.
    .toSorted((a, b) => a.at + a.stopReason.length - (b.at + b.stopReason.length))[0]
  if (!found) return undefined
  const complete = found.at + found.stopReason.length
  const end = keepStop ? complete : found.at
  const kept: string[] = []
  for (let at = 0, from = 0; from < complete; from += pieces[at++]!.length) {
    kept.push(pieces[at]!.slice(0, Math.max(0, end - from)))
  }
  return { pieces: kept, finishReason: 'stop', stopReason: found.stopReason }
}

/** Combines two numbers into one seed. */
export function mixSeed(a: number, b: number): number {
  const low = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  const high = Math.imul(Math.floor(a / 2 ** 32) + Math.floor(b / 2 ** 32), 0xc2b2ae35)
  return (low ^ (low >>> 13) ^ high) >>> 0
}
