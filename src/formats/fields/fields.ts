import { GatewayError } from '../../errors.ts'

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Makes the error for a value that is not what it should be. `path` is as a caller would write it: `messages[0].role`. */
type CreateError = (path: string, what: string) => GatewayError

/**
 * The fields of one JSON object, read by name and type; null is as good as absent. It remembers what was asked for, so
 * that `rest` holds exactly what nobody looked at: no field can be overlooked.
 */
export class Fields {
  readonly path: string
  readonly #values: Readonly<Record<string, unknown>>
  readonly #createError: CreateError
  readonly #read = new Set<string>()

  constructor(value: unknown, path: string, complain: CreateError) {
    if (!isRecord(value)) throw complain(path, `must be an object, not ${nameOf(value)}`)
    this.#values = value
    this.path = path
    this.#createError = complain
  }

  /** Any value, null included; undefined when absent. */
  any(key: string): unknown {
    this.#read.add(key)
    return this.peek(key)
  }

  /** Any value, without its counting as read. */
  peek(key: string): unknown {
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined
  }

  string(key: string): string | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || typeof value === 'string') return value
    throw this.wrong(key, `must be a string, not ${nameOf(value)}`)
  }

  requiredString(key: string): string {
    return this.string(key) ?? this.#missing(key)
  }

  number(key: string): number | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value
    throw this.wrong(key, `must be a number, not ${nameOf(value)}`)
  }

  boolean(key: string): boolean | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || typeof value === 'boolean') return value
    throw this.wrong(key, `must be true or false, not ${nameOf(value)}`)
  }

  list(key: string): readonly unknown[] | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || Array.isArray(value)) return value
    throw this.wrong(key, `must be a list, not ${nameOf(value)}`)
  }

  requiredList(key: string): readonly unknown[] {
    return this.list(key) ?? this.#missing(key)
  }

  /** The object at `key`, as it is. */
  record(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || isRecord(value)) return value
    throw this.wrong(key, `must be an object, not ${nameOf(value)}`)
  }

  /** The object at `key`, to be read field by field. */
  object(key: string): Fields | undefined {
    const value = this.any(key) ?? undefined
    return value === undefined ? undefined : this.at(value, `${this.#dot}${key}`)
  }

  requiredObject(key: string): Fields {
    return this.object(key) ?? this.#missing(key)
  }

  /** The list of objects at `key`. */
  objects(key: string): readonly Fields[] | undefined {
    return this.list(key)?.map((item, index) => this.at(item, `${this.#dot}${key}[${index}]`))
  }

  /** One of a few words. */
  oneOf<Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const value = this.string(key)
    if (value === undefined || (words as readonly string[]).includes(value)) return value as Word | undefined
    throw this.wrong(key, `is ${quoted(value)}; allowed: ${words.join(', ')}`)
  }

  /** The object itself, all of it read. */
  whole(): Readonly<Record<string, unknown>> {
    for (const key in this.#values) this.#read.add(key)
    return this.#values
  }

  /** What nobody has asked for so far, nulls left out; undefined when that is nothing. */
  rest(): Readonly<Record<string, unknown>> | undefined {
    const left = Object.entries(this.#values).filter(
      ([key, value]) => !this.#read.has(key) && value !== null && value !== undefined,
    )
    return left.length > 0 ? Object.fromEntries(left) : undefined
  }

  /**
   * `rest` as a field to be spread: `{ extra }` or nothing. `inner`: the rests of objects inside, under their keys; undefined
   * is none.
   */
  extra(inner: Readonly<Record<string, unknown>> = {}): { extra?: Readonly<Record<string, unknown>> } {
    const left = Object.entries(inner).filter(([, value]) => value !== undefined)
    const extra = left.length > 0 ? { ...this.rest(), ...Object.fromEntries(left) } : this.rest()
    return extra ? { extra } : {}
  }

  /** Another value of the same document. */
  at(value: unknown, path: string): Fields {
    return new Fields(value, path, this.#createError)
  }

  /** The error for this object, or for one of its fields. */
  wrong(key: string | undefined, what: string): GatewayError {
    return this.#createError(key === undefined ? this.path : `${this.#dot}${key}`, what)
  }

  get #dot(): string {
    return this.path === '' ? '' : `${this.path}.`
  }

  #missing(key: string): never {
    throw this.wrong(key, 'is missing')
  }
}

/** The fields of a client's request. What is wrong with them is the client's to mend: 400, naming the field. */
export const requestFields = (value: unknown, path = ''): Fields =>
  new Fields(value, path, (at, what) =>
    at === ''
      ? new GatewayError('invalid_request', `The request body ${what}.`)
      : new GatewayError('invalid_request', `${at} ${what}.`, { param: at }),
  )

/** The fields of an upstream's answer. */
export const answerFields = (value: unknown, path = ''): Fields =>
  new Fields(
    value,
    path,
    (at, what) =>
      new GatewayError('upstream_malformed', `The upstream's answer is not readable: ${at || 'it'} ${what}.`),
  )

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
