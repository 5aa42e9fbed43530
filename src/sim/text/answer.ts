// Where an answer begins and where it stops: continuation of a partial text, the token cap, stop strings.
import { hashText, splitTokens } from './tokens.ts'
import { prose, type Prose } from './prose.ts'

export interface AnswerLimits {
  readonly maxTokens: number
  readonly minTokens: number
  /** vLLM's `ignore_eos`: speak until the cap. */
  readonly endless: boolean
  readonly stop: readonly string[]
  readonly keepStop: boolean
}

export interface Answer {
  /** What each token adds to the text; may be empty for tokens that only completed a stop string. */
  readonly pieces: readonly string[]
  readonly finishReason: 'stop' | 'length'
  /** The stop string that was met. */
  readonly stopReason: string | null
}

/** Prose of this seed, from where `partial` (the first characters of the same text) left off. */
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

/** A fixed text (JSON that fits a schema, say), from where `partial` left off. */
export function fixedAnswer(text: string, partial: string, limits: AnswerLimits): Answer {
  const rest = text.startsWith(partial) ? text.slice(partial.length) : text
  return limited({ tokens: splitTokens(rest), ended: true }, limits)
}

/** What follows `partial`, if it is the beginning of the same text. */
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

/** The answer up to the first stop string, wherever tokens happen to end; undefined when there is none. */
function stopAt(pieces: readonly string[], { stop, keepStop }: AnswerLimits): Answer | undefined {
  const text = pieces.join('')
  const found = stop
    .map((stopReason) => ({ stopReason, at: text.indexOf(stopReason) }))
    .filter(({ at }) => at >= 0)
    // The one that is complete first, as a server that reads token by token would see it.
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

/** One seed of two numbers. */
export function mixSeed(a: number, b: number): number {
  const low = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  const high = Math.imul(Math.floor(a / 2 ** 32) + Math.floor(b / 2 ** 32), 0xc2b2ae35)
  return (low ^ (low >>> 13) ^ high) >>> 0
}
