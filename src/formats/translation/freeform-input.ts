import { isRecord } from '../fields/fields.ts'

const OPENING = /^\s*\{\s*"input"\s*:\s*"/
/** The opening is at most this long, with some white space. */
const MAX_OPENING = 64
const ESCAPE = /\\(?:u([\da-f]{4})|(["\\/bfnrt]))/iy
/** The start of an escape, or of an escaped pair, at the end of a piece. */
const INCOMPLETE = /^\\(?:u(?:[\da-f]{0,3}|d[89ab][\da-f]{2}(?:\\(?:u[\da-f]{0,3})?)?))?$/i
const LONGEST_START = 11
const HIGH_HALF = /^d[89ab]/i
const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Reads the free text out of the arguments `{"input": text}` while they arrive. Arguments of another form, which models
 * write now and then, are read when they are complete: the only text of the object, or else everything. Each character
 * is read once.
 */
export class FreeformInput {
  #state: 'before' | 'inside' | 'after' | 'other' = 'before'
  /** The arguments so far; inside of the text: the start of an incomplete escape. */
  #held = ''

  /** The text that is complete with this piece of the arguments. */
  push(piece: string): string {
    if (this.#state === 'after') return ''
    const text = this.#held + piece
    if (this.#state === 'inside') return this.#read(text)
    this.#held = text
    return this.#state === 'before' ? this.#open(text) : ''
  }

  /** The rest of the text; called once, at the end of the arguments. */
  end(): string {
    const rest = this.#state === 'before' || this.#state === 'other' ? textIn(this.#held) : ''
    this.#state = 'after'
    return rest
  }

  #open(text: string): string {
    const [opening] = OPENING.exec(text) ?? []
    if (opening !== undefined) {
      this.#state = 'inside'
      return this.#read(text.slice(opening.length))
    }
    if (text.length > MAX_OPENING) this.#state = 'other'
    return ''
  }

  #read(text: string): string {
    let read = ''
    let at = 0
    this.#held = ''
    for (;;) {
      const next = nextSpecial(text, at)
      read += text.slice(at, next)
      if (next === text.length) return read
      if (text[next] === '"') {
        this.#state = 'after'
        return read
      }
      if (text.length - next <= LONGEST_START && INCOMPLETE.test(text.slice(next))) {
        this.#held = text.slice(next)
        return read
      }
      const { char, length } = escapeAt(text, next)
      read += char
      at = next + length
    }
  }
}

function nextSpecial(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '"' && text[at] !== '\\') at++
  return at
}

/** The escape, with both halves of a pair. What is not an escape stays as it is. */
function escapeAt(text: string, at: number): { char: string; length: number } {
  const [whole, code, simple] = match(text, at)
  if (whole === undefined) return { char: '\\', length: 1 }
  if (simple !== undefined) return { char: SIMPLE[simple] ?? simple, length: whole.length }
  const char = String.fromCharCode(Number.parseInt(code!, 16))
  if (!HIGH_HALF.test(code!)) return { char, length: whole.length }
  const [second, low] = match(text, at + whole.length)
  if (second === undefined || low === undefined) return { char: '\uFFFD', length: whole.length }
  return { char: char + String.fromCharCode(Number.parseInt(low, 16)), length: whole.length + second.length }
}

function match(text: string, at: number): [] | [string, string | undefined, string | undefined] {
  ESCAPE.lastIndex = at
  const [whole, code, simple] = ESCAPE.exec(text) ?? []
  return whole === undefined ? [] : [whole, code, simple]
}

/** The free text in complete arguments. */
export function textIn(text: string): string {
  const value = parsed(text)
  if (typeof value === 'string') return value
  if (!isRecord(value)) return text
  if (typeof value['input'] === 'string') return value['input']
  const values = Object.values(value)
  if (values.length === 0) return ''
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
