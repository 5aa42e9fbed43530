import { GatewayError } from '../../errors.ts'

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Creates the error for an invalid value. `path` is in the client's notation: `messages[0].role`. */
type CreateError = (path: string, what: string) => GatewayError

/**
 * The fields of one JSON object, read by name and type; null is treated as absent. It records which fields were read,
 * so that `rest` has exactly the others and no field is lost.
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

  /** Any value, including null; undefined if absent. */
  any(key: string): unknown {
    this.#read.add(key)
    return this.peek(key)
  }

  /** Any value, without marking it as read. */
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

  /** The object at `key`, unchanged. */
  record(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.any(key) ?? undefined
    if (value === undefined || isRecord(value)) return value
    throw this.wrong(key, `must be an object, not ${nameOf(value)}`)
  }

  /** The object at `key`, as Fields. */
  object(key: string): Fields | undefined {
    const value = this.any(key) ?? undefined
    return value === undefined ? undefined : this.at(value, `${this.#dot}${key}`)
  }

  requiredObject(key: string): Fields {
    return this.object(key) ?? this.#missing(key)
  }

  /** The list of objects at `key`, as Fields. */
  objects(key: string): readonly Fields[] | undefined {
    return this.list(key)?.map((item, index) => this.at(item, `${this.#dot}${key}[${index}]`))
  }

  /** A string that must be one of `words`. */
  oneOf<Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const value = this.string(key)
    if (value === undefined || (words as readonly string[]).includes(value)) return value as Word | undefined
    throw this.wrong(key, `is ${quoted(value)}; allowed: ${words.join(', ')}`)
  }

  /** The object itself; all its fields are marked as read. */
  whole(): Readonly<Record<string, unknown>> {
    for (const key in this.#values) this.#read.add(key)
    return this.#values
  }

  /** The fields that were not read so far, without nulls; undefined if there are none. */
  rest(): Readonly<Record<string, unknown>> | undefined {
    const left = Object.entries(this.#values).filter(
      ([key, value]) => !this.#read.has(key) && value !== null && value !== undefined,
    )
    return left.length > 0 ? Object.fromEntries(left) : undefined
  }

  /**
   * `rest` as an object to spread: `{ extra }` or `{}`. `inner`: the rests of nested objects under their keys;
   * undefined values are left out.
   */
  extra(inner: Readonly<Record<string, unknown>> = {}): { extra?: Readonly<Record<string, unknown>> } {
    const left = Object.entries(inner).filter(([, value]) => value !== undefined)
    const extra = left.length > 0 ? { ...this.rest(), ...Object.fromEntries(left) } : this.rest()
    return extra ? { extra } : {}
  }

  /** Another value of the same document, as Fields. */
  at(value: unknown, path: string): Fields {
    return new Fields(value, path, this.#createError)
  }

  /** The error for this object or for one of its fields. */
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

/** The fields of a client's request. An invalid field is a 400 that names the field. */
export const requestFields = (value: unknown, path = ''): Fields =>
  new Fields(value, path, (at, what) =>
    at === ''
      ? new GatewayError('invalid_request', `The request body ${what}.`)
      : new GatewayError('invalid_request', `${at} ${what}.`, { param: at }),
  )

/** The fields of an upstream's response. An invalid field is `upstream_malformed`. */
export const answerFields = (value: unknown, path = ''): Fields =>
  new Fields(
    value,
    path,
    (at, what) =>
      new GatewayError('upstream_malformed', `The upstream returned an invalid response: ${at || 'it'} ${what}.`),
  )

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
