import { GatewayError } from '../../errors.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import { readNumber, readString } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { textOf } from '../../codecs/text.ts'
import { parseDurationMs } from '../../units.ts'
import type { Call } from '../call/call.ts'
import { type CallerTimeout, type CallerTimeouts, NO_TIMEOUTS } from '../call/caller-overrides.ts'
import { TIMEOUT_PLACES } from '../call/gateway-fields.ts'

/** The timeouts that a client sets. Throws GatewayError `invalid_request` for an invalid duration. */
export function readTimeouts(call: Call): CallerTimeouts {
  const total = timeoutIn(call, TIMEOUT_PLACES.total)
  const firstEvent = timeoutIn(call, TIMEOUT_PLACES.firstEvent)
  return total || firstEvent ? { total, firstEvent } : NO_TIMEOUTS
}

interface Place {
  readonly headers: readonly string[]
  readonly field: string
}

/** Reads every place, also after the one that applies, so that an invalid value anywhere is reported. */
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

/** Longer text is not a duration. */
const MAX_CHARACTERS = 32
const MAX_MS = 24 * 3_600_000

/** `30s`, `1500ms`, or a number of seconds. */
function msOfText(text: string): number | undefined {
  if (text.length > MAX_CHARACTERS) return undefined
  return parseDurationMs(/^\s*\d+(?:\.\d+)?\s*$/.test(text) ? `${text}s` : text)
}

function msOfMember(body: Uint8Array, member: JsonMember): number | undefined {
  if (member.end - member.start > MAX_CHARACTERS) return undefined
  if (member.type === 'number') return Math.round(readNumber(body, member) * 1000)
  return member.type === 'string' ? msOfText(stringOf(body, member)) : undefined
}

/** In a large body, values are not checked before they are read: an escape may be invalid. */
function stringOf(body: Uint8Array, member: JsonMember): string {
  try {
    return readString(body, member)
  } catch {
    return ''
  }
}

const shown = (body: Uint8Array, { start, end }: JsonMember): string =>
  textOf(body, start, Math.min(end, start + MAX_CHARACTERS + 1))

function timeoutOf(
  place: string,
  ms: number | undefined,
  text: string,
  { from, param }: { readonly from: string; readonly param?: string },
): CallerTimeout {
  if (ms !== undefined && ms >= 1 && ms <= MAX_MS) return { ms, from }
  const found = JSON.stringify(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}...` : text)
  throw new GatewayError(
    'invalid_request',
    `${place} is not a valid timeout: ${found}. Allowed: 1ms to 24h, for example 30s, 1500ms or 2m; a number without a unit is in seconds.`,
    param === undefined ? {} : { param },
  )
}
