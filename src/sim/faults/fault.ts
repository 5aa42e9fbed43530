// The faults of a simulated server, and how to read them from JSON or a flag.
import { type Fields, isFields, readNumber } from '../wire/fields.ts'
import { invalidField, SimError } from '../wire/errors.ts'

/** `breaks`: the fault needs a server that can break connections. `after`: default number of events before the fault. */
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
  /** The share of requests that it affects, 0 to 1. */
  readonly rate: number
  /** How many requests it affects; null for no limit. */
  readonly count: number | null
  /** Events of the stream before the fault. */
  readonly after: number
  /** Seconds in the `retry-after` header of a status fault; null for no header. */
  readonly retryAfter: number | null
  /** How long `refuse` keeps the port closed. */
  readonly seconds: number
}

const NAMES = new Set(['kind', 'rate', 'count', 'after', 'retryAfter', 'seconds'])

/** Reads a fault from JSON and fills in the defaults. Throws SimError. */
export function readFault(fields: unknown): Fault {
  if (!isFields(fields)) return invalidField('kind', 'A fault must be an object with a kind.')
  const kind = fields['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(FAULT_KINDS, kind)) {
    return invalidField(
      'kind',
      `Unknown fault ${JSON.stringify(kind)}; allowed: ${Object.keys(FAULT_KINDS).join(', ')}.`,
    )
  }
  const unknown = Object.keys(fields).find((name) => !NAMES.has(name))
  if (unknown !== undefined)
    invalidField(unknown, `A fault has no field "${unknown}"; allowed: ${[...NAMES].join(', ')}.`)
  return {
    kind: kind as FaultKind,
    rate: readNumber(fields, 'rate', { min: 0, max: 1 }) ?? 1,
    count: readNumber(fields, 'count', { min: 1, integer: true }) ?? null,
    after: readNumber(fields, 'after', { min: 0, integer: true }) ?? FAULT_KINDS[kind as FaultKind].after,
    retryAfter: readNumber(fields, 'retryAfter', { min: 0 }) ?? null,
    seconds: readNumber(fields, 'seconds', { min: 0 }) ?? 5,
  }
}

/** Reads a fault from a flag: `kind[:rate[:count]]`, then `:name=value` for other fields. Throws SimError. */
export function parseFault(text: string): Fault {
  const [kind, ...rest] = text.split(':')
  const fields: Record<string, unknown> = { kind }
  const positional = ['rate', 'count']
  for (const part of rest) {
    const equals = part.indexOf('=')
    const name = equals === -1 ? positional.shift() : part.slice(0, equals)
    const value = Number(part.slice(equals + 1))
    if (name === undefined || part === '' || Number.isNaN(value)) {
      throw new SimError(
        400,
        `"${text}" is not a fault. Write kind[:rate[:count]], for example status-503:0.2 or cut:1:3:after=5.`,
      )
    }
    fields[name] = value
  }
  return readFault(fields as Fields)
}
