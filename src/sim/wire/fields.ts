// Reading single fields of a JSON body. A field that is null counts as absent, as everywhere in these formats.
import { invalidField, SimError } from './errors.ts'

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function parseBody(text: string): Fields {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new SimError(400, `The body is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`)
  }
  if (!isFields(body)) throw new SimError(400, 'The body must be a JSON object.')
  return body
}

interface Range {
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
}

export function readNumber(fields: Fields, name: string, range: Range = {}): number | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined) return undefined
  if (typeof value !== 'number') return invalidField(name, `${name} must be a number, got ${JSON.stringify(value)}.`)
  if (range.integer && !Number.isInteger(value)) invalidField(name, `${name} must be an integer, got ${value}.`)
  if (value < (range.min ?? value)) invalidField(name, `${name} must be at least ${range.min}, got ${value}.`)
  if (value > (range.max ?? value)) invalidField(name, `${name} must be at most ${range.max}, got ${value}.`)
  return value
}

export function readFlag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false
  return typeof value === 'boolean' ? value : invalidField(name, `${name} must be true or false.`)
}

export function readObject(fields: Fields, name: string): Fields | undefined {
  const value = fields[name] ?? undefined
  return value === undefined || isFields(value) ? value : invalidField(name, `${name} must be an object.`)
}

export function readList(fields: Fields, name: string): readonly unknown[] | undefined {
  const value: unknown = fields[name] ?? undefined
  return value === undefined || Array.isArray(value) ? value : invalidField(name, `${name} must be a list.`)
}

/** A string or a list of strings, always as a list. */
export function readStrings(fields: Fields, name: string): readonly string[] {
  const value = fields[name] ?? []
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.map((item) => (typeof item === 'string' ? item : invalidField(name, `${name} must hold strings.`)))
}
