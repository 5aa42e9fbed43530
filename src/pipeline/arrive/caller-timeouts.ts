import { GatewayError } from '../../errors.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import { readNumber, readString } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { textOf } from '../../codecs/text.ts'
import { parseDurationMs } from '../../units.ts'
import type { Call } from '../call/call.ts'
import { type CallerTimeout, type CallerTimeouts, NO_TIMEOUTS } from '../call/caller-overrides.ts'
import { TIMEOUT_PLACES } from '../call/gateway-fields.ts'

/** The timeouts that a client sets. Throws GatewayError `invalid_request` for a value that is no time. */
export function readTimeouts(call: Call): CallerTimeouts {
  const total = timeoutIn(call, TIMEOUT_PLACES.total)
  const firstEvent = timeoutIn(call, TIMEOUT_PLACES.firstEvent)
  return total || firstEvent ? { total, firstEvent } : NO_TIMEOUTS
}

interface Place {
  readonly headers: readonly string[]
  readonly field: string
}

/** Every place is read, also behind one that counts: a mistake there is worth knowing. */
function timeoutIn({ arrival, body }: Call, { headers, field }: Place): CallerTimeout | undefined {
  let first: CallerTimeout | undefined
  for (const header of headers) {
    const text = arrival.client.headers.get(header)
    if (text === null) continue
    const timeout = timeoutOf(`The header ${header}`, msOfText(text), text, { from: header })
    first ??= timeout
  }
  const member = memberNamed(body.envelope, field)
  if (!member) return first
  const timeout = timeoutOf(`"${field}"`, msOfMember(body.bytes, member), shown(body.bytes, member), {
    from: `"${field}"`,
    param: field,
  })
  return first ?? timeout
}

function memberNamed({ members }: Envelope, name: string): JsonMember | undefined {
  for (const member of members) if (member.key === name && member.type !== 'null') return member
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

function timeoutOf(
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
