// Generates texts that match a regular expression, without support for look-around and back references.
import type { Random } from '../engine/random.ts'
import { SimError } from '../wire/errors.ts'

type Maker = (random: Random) => string

const MORE = 4
const range = (from: string, to: string): string[] =>
  Array.from({ length: to.codePointAt(0)! - from.codePointAt(0)! + 1 }, (_, at) =>
    String.fromCodePoint(from.codePointAt(0)! + at),
  )

const DIGITS = range('0', '9')
const LETTERS = [...range('a', 'z'), ...range('A', 'Z')]
const WORD = [...LETTERS, ...DIGITS, '_']
const PRINTABLE = range(' ', '~')
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  d: DIGITS,
  w: WORD,
  s: [' '],
  D: LETTERS,
  W: [' ', '-', '.'],
  S: WORD,
}
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' }

const oneOf =
  (chars: readonly string[]): Maker =>
  (random) =>
    chars[Math.floor(random() * chars.length)]!

/** Returns a generator of texts that match `pattern`. Throws SimError if the pattern is invalid or not supported. */
export function patternText(pattern: string, random: Random): () => string {
  const expression = compiled(pattern)
  const make = new PatternReader(pattern).read()
  return () => {
    const text = make(random)
    if (expression.test(text)) return text
    throw new SimError(400, `The pattern ${JSON.stringify(pattern)} is not supported.`)
  }
}

function compiled(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    throw new SimError(400, `${JSON.stringify(pattern)} is not a regular expression.`)
  }
}

/** A recursive descent parser. Each part of the expression becomes a function that generates a text. */
class PatternReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Maker {
    const make = this.#choice()
    return this.#at < this.#text.length ? this.#unsupported() : make
  }

  #choice(): Maker {
    const branches = [this.#sequence()]
    while (this.#take('|')) branches.push(this.#sequence())
    return (random) => branches[Math.floor(random() * branches.length)]!(random)
  }

  #sequence(): Maker {
    const parts: Maker[] = []
    while (this.#at < this.#text.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated(this.#atom()))
    return (random) => parts.map((part) => part(random)).join('')
  }

  #atom(): Maker {
    const char = this.#next()
    switch (char) {
      case '^':
      case '$':
        return () => ''
      case '.':
        return oneOf(WORD)
      case '[':
        return oneOf(this.#set())
      case '(':
        return this.#group()
      case '\\':
        return this.#peek() === 'b' && this.#take('b') ? () => '' : oneOf(this.#escape())
      default:
        return () => char
    }
  }

  #group(): Maker {
    if (this.#take('?') && !this.#take(':') && !this.#takeMatch(/<[A-Za-z]\w*>/y)) this.#unsupported()
    const make = this.#choice()
    return this.#take(')') ? make : this.#unsupported()
  }

  #repeated(part: Maker): Maker {
    const braces = this.#takeMatch(/\{(\d+)(,?)(\d*)\}/y)
    const sign = braces ? undefined : this.#takeMatch(/[*+?]/y)?.[0]
    if (!braces && !sign) return part
    this.#take('?')
    const min = braces ? Number(braces[1]) : sign === '+' ? 1 : 0
    const max = braces ? upperBound(min, braces[2]!, braces[3]!) : sign === '?' ? 1 : min + MORE
    return (random) => Array.from({ length: min + Math.floor(random() * (max - min + 1)) }, () => part(random)).join('')
  }

  #set(): readonly string[] {
    const negated = this.#take('^')
    const chars: string[] = []
    while (!this.#take(']')) {
      const part = this.#take('\\') ? this.#escape() : [this.#next()]
      const isRange = part.length === 1 && this.#peek() === '-' && this.#text[this.#at + 1] !== ']' && this.#take('-')
      chars.push(...(isRange ? range(part[0]!, this.#take('\\') ? this.#escape()[0]! : this.#next()) : part))
    }
    return negated ? PRINTABLE.filter((char) => !chars.includes(char)) : chars
  }

  /** The characters an escape stands for, after its backslash. */
  #escape(): readonly string[] {
    const code = this.#takeMatch(/u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})/y)
    if (code) return [String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3]!, 16))]
    const char = this.#next()
    if (/[1-9kpPBb]/.test(char)) this.#unsupported()
    return CLASSES[char] ?? [CONTROLS[char] ?? char]
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  #next(): string {
    if (this.#at >= this.#text.length) this.#unsupported()
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at)!)
    this.#at += char.length
    return char
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false
    this.#at++
    return true
  }

  #takeMatch(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at
    const match = expression.exec(this.#text)
    if (match) this.#at = expression.lastIndex
    return match
  }

  #unsupported(): never {
    throw new SimError(400, `The pattern ${JSON.stringify(this.#text)} is not supported.`)
  }
}

const upperBound = (min: number, comma: string, max: string): number =>
  comma === '' ? min : max === '' ? min + MORE : Number(max)
