// The ways in which a simulated server misbehaves on purpose, and how they are written down.
import { type Fields, isFields, readNumber } from '../wire/fields.ts'
import { refuse, SimError } from '../wire/errors.ts'

/** What each kind does to a call. `breaks`: it needs a front that can break connections. `after`: events that pass first. */
export const FAULT_KINDS = {
  'status-429': { breaks: false, after: 0 },
  'status-500': { breaks: false, after: 0 },
  'status-503': { breaks: false, after: 0 },
  'html-error': { breaks: false, after: 0 },
  empty: { breaks: false, after: 0 },
  'error-event': { breaks: false, after: 0 },
  hang: { breaks: false, after: 0 },
  'hang-stream': { breaks: false, after: 3 },
  cut: { breaks: false, after: 3 },
  'malformed-sse': { breaks: false, after: 3 },
  'truncated-json': { breaks: false, after: 3 },
  'slow-drip': { breaks: false, after: 0 },
  drop: { breaks: true, after: 0 },
  reset: { breaks: true, after: 0 },
  refuse: { breaks: true, after: 0 },
} as const

export type FaultKind = keyof typeof FAULT_KINDS

export interface Fault {
  readonly kind: FaultKind
  /** The share of calls it strikes, 0 to 1. */
  readonly rate: number
  /** How many times it strikes before it is over; null without end. */
  readonly count: number | null
  /** Events of the stream that pass before it strikes. */
  readonly after: number
  /** Seconds in the `retry-after` header of a status fault; null for no header. */
  readonly retryAfter: number | null
  /** How long `refuse` keeps the port closed. */
  readonly seconds: number
}

const NAMES = new Set(['kind', 'rate', 'count', 'after', 'retryAfter', 'seconds'])

/** A fault from JSON, defaults filled in. Throws SimError. */
export function readFault(fields: unknown): Fault {
  if (!isFields(fields)) return refuse('kind', 'A fault is an object with a kind.')
  const kind = fields['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(FAULT_KINDS, kind)) {
    return refuse('kind', `Unknown fault ${JSON.stringify(kind)}; there are: ${Object.keys(FAULT_KINDS).join(', ')}.`)
  }
  const unknown = Object.keys(fields).find((name) => !NAMES.has(name))
  if (unknown !== undefined) refuse(unknown, `A fault has no ${unknown}; it has ${[...NAMES].join(', ')}.`)
  return {
    kind: kind as FaultKind,
    rate: readNumber(fields, 'rate', { min: 0, max: 1 }) ?? 1,
    count: readNumber(fields, 'count', { min: 1, integer: true }) ?? null,
    after: readNumber(fields, 'after', { min: 0, integer: true }) ?? FAULT_KINDS[kind as FaultKind].after,
    retryAfter: readNumber(fields, 'retryAfter', { min: 0 }) ?? null,
    seconds: readNumber(fields, 'seconds', { min: 0 }) ?? 5,
  }
}

/** A fault from a flag: `kind[:rate[:count]]`, then `:name=value` for anything else. Throws SimError. */
export function parseFault(text: string): Fault {
  const [kind, ...rest] = text.split(':')
  const fields: Record<string, unknown> = { kind }
  const places = ['rate', 'count']
  for (const part of rest) {
    const equals = part.indexOf('=')
    const name = equals === -1 ? places.shift() : part.slice(0, equals)
    const value = Number(part.slice(equals + 1))
    if (name === undefined || part === '' || Number.isNaN(value)) {
      throw new SimError(
        400,
        `"${text}" is no fault; write kind[:rate[:count]], for example status-503:0.2 or cut:1:3:after=5.`,
      )
    }
    fields[name] = value
  }
  return readFault(fields as Fields)
}
