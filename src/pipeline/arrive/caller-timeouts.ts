import { GatewayError } from '../../errors.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import { readNumber, readString } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { textOf } from '../../codecs/text.ts'
import { parseDurationMs } from '../../units.ts'
import type { Call } from '../call/call.ts'
import type { Step } from '../call/step.ts'

/** A time that the caller gives, and where it says so. */
export interface CallerTimeout {
  readonly ms: number
  readonly from: string
}

export interface CallerTimeouts {
  /** For the whole call, waiting and further attempts included. */
  readonly total: CallerTimeout | undefined
  /** For each attempt of a stream. */
  readonly firstEvent: CallerTimeout | undefined
}

export const NO_TIMEOUTS: CallerTimeouts = { total: undefined, firstEvent: undefined }

/** Where a limit may stand; the first that is there counts. Source: https://docs.litellm.ai/docs/proxy/request_headers */
const PLACES = {
  total: { headers: ['x-sluice-timeout', 'x-litellm-timeout'], field: 'timeout' },
  firstEvent: { headers: ['x-sluice-stream-timeout', 'x-litellm-stream-timeout'], field: 'stream_timeout' },
} as const

/** Fields of a body that are meant for us, and that no upstream knows. */
export const TIMEOUT_FIELDS: ReadonlySet<string> = new Set([PLACES.total.field, PLACES.firstEvent.field])

/** Reads how much time the caller gives. Throws GatewayError `invalid_request` for what is no time. */
export const callerTimeouts: Step = (next) => (call) => {
  const total = limitIn(call, PLACES.total)
  const firstEvent = limitIn(call, PLACES.firstEvent)
  if (total || firstEvent) call.callerTimeouts = { total, firstEvent }
  return next(call)
}

interface Place {
  readonly headers: readonly string[]
  readonly field: string
}

/** Every place is read, also behind one that counts: a mistake there is worth knowing. */
function limitIn({ request, body, envelope }: Call, { headers, field }: Place): CallerTimeout | undefined {
  let first: CallerTimeout | undefined
  for (const header of headers) {
    const text = request.headers.get(header)
    if (text === null) continue
    const limit = limitOf(`The header ${header}`, msOfText(text), text, { from: header })
    first ??= limit
  }
  const member = memberNamed(envelope, field)
  if (!member) return first
  const limit = limitOf(`"${field}"`, msOfMember(body, member), shown(body, member), {
    from: `"${field}"`,
    param: field,
  })
  return first ?? limit
}

function memberNamed(envelope: Envelope | undefined, name: string): JsonMember | undefined {
  for (const member of envelope?.members ?? []) if (member.key === name && member.type !== 'null') return member
  return undefined
}

/** No time takes more characters to write down. */
const MOST_CHARACTERS = 32
const LONGEST_MS = 24 * 3_600_000

/** `30s`, `1500ms`, or seconds. */
function msOfText(text: string): number | undefined {
  if (text.length > MOST_CHARACTERS) return undefined
  return parseDurationMs(/^\s*\d+(?:\.\d+)?\s*$/.test(text) ? `${text}s` : text)
}

function msOfMember(body: Uint8Array, member: JsonMember): number | undefined {
  if (member.end - member.start > MOST_CHARACTERS) return undefined
  if (member.type === 'number') return Math.round(readNumber(body, member) * 1000)
  return member.type === 'string' ? msOfText(stringOf(body, member)) : undefined
}

/** Of a large body the parts are not looked at before they are read: an escape may be none. */
function stringOf(body: Uint8Array, member: JsonMember): string {
  try {
    return readString(body, member)
  } catch {
    return ''
  }
}

const shown = (body: Uint8Array, { start, end }: JsonMember): string =>
  textOf(body, start, Math.min(end, start + MOST_CHARACTERS + 1))

function limitOf(
  place: string,
  ms: number | undefined,
  text: string,
  { from, param }: { readonly from: string; readonly param?: string },
): CallerTimeout {
  if (ms !== undefined && ms >= 1 && ms <= LONGEST_MS) return { ms, from }
  const found = JSON.stringify(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text)
  throw new GatewayError(
    'invalid_request',
    `${place} is not a time: ${found}. Allowed: 1ms to 24h, as in 30s, 1500ms, 2m; a number alone is seconds.`,
    param === undefined ? {} : { param },
  )
}
