// A substitute for a tokenizer: fast, deterministic, with about as many tokens as a real one. Tokens never split a character.

const MAX_LETTERS = 8
const MAX_DIGITS = 3
const OTHER = 0
const LETTER = 1
const DIGIT = 2
const SPACE = 3

const CLASS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  return /[A-Za-z]/.test(char) ? LETTER : /\d/.test(char) ? DIGIT : /\s/.test(char) ? SPACE : OTHER
})

const classAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code < 128 ? CLASS[code]! : OTHER
}

/** Returns the end of the token that begins at `from`: a word of up to 8 letters or 3 digits with the space before it, blanks, or one character. */
export function tokenEnd(text: string, from: number): number {
  const spaced = text.charCodeAt(from) === 32 && from + 1 < text.length && classAt(text, from + 1) !== SPACE
  let at = spaced ? from + 1 : from
  const kind = classAt(text, at)
  if (kind === OTHER) return at + (text.codePointAt(at)! > 0xffff ? 2 : 1)
  const limit = Math.min(text.length, at + (kind === DIGIT ? MAX_DIGITS : MAX_LETTERS))
  do at++
  while (at < limit && classAt(text, at) === kind)
  // A blank before a word belongs to the word.
  const gaveBack = kind === SPACE && at > from + 1 && at < text.length && text.charCodeAt(at - 1) === 32
  return gaveBack ? at - 1 : at
}

export function splitTokens(text: string): string[] {
  const tokens: string[] = []
  for (let from = 0; from < text.length;) {
    const end = tokenEnd(text, from)
    tokens.push(text.slice(from, end))
    from = end
  }
  return tokens
}

/** A number for a token: deterministic, below the size of a usual vocabulary. */
export const tokenId = (token: string): number => hashText(token) % 128_000

/** 53 bits of a text's hash. */
export function hashText(text: string): number {
  const state = createHash()
  for (let at = 0; at < text.length; at++) addTo(state, text.charCodeAt(at))
  return hashOf(state)
}

/** The properties of a prompt that the engine needs, and a hash of its text. */
export interface ScannedPrompt {
  readonly tokens: number
  /** One key per full block; equal keys mean equal text up to the end of the block. */
  readonly blockKeys: readonly number[]
  readonly hash: number
}

export function scanText(text: string, blockTokens: number): ScannedPrompt {
  const state = createHash()
  const blockKeys: number[] = []
  let tokens = 0
  for (let from = 0; from < text.length;) {
    const end = tokenEnd(text, from)
    for (; from < end; from++) addTo(state, text.charCodeAt(from))
    if (++tokens % blockTokens === 0) blockKeys.push(hashOf(state))
  }
  return { tokens, blockKeys, hash: hashOf(state) }
}

/** The same for a prompt that came as token numbers. */
export function scanIds(ids: readonly number[], blockTokens: number): ScannedPrompt {
  const state = createHash()
  const blockKeys: number[] = []
  for (const [at, id] of ids.entries()) {
    addTo(state, id)
    if ((at + 1) % blockTokens === 0) blockKeys.push(hashOf(state))
  }
  return { tokens: ids.length, blockKeys, hash: hashOf(state) }
}

/** Two FNV-1a lanes with different primes. */
interface Hash {
  low: number
  high: number
}

const createHash = (): Hash => ({ low: 0x811c9dc5 | 0, high: 0x2f0b4c47 })

function addTo(state: Hash, value: number): void {
  state.low = Math.imul(state.low ^ value, 0x01000193)
  state.high = Math.imul(state.high ^ value, 0x5bd1e995) ^ (state.high >>> 15)
}

const hashOf = (state: Hash): number => (state.high & 0x1fffff) * 2 ** 32 + (state.low >>> 0)
