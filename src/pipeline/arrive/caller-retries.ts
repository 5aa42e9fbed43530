import { GatewayError } from '../../errors.ts'
import { readBoolean, readNumber } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { textOf } from '../../codecs/text.ts'
import { type FallbackKind, NO_FALLBACKS } from '../../routing/fallbacks.ts'
import type { RoutingTable } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'
import { type CallerOverrides, NO_OVERRIDES } from '../call/caller-overrides.ts'
import { FALLBACK_FIELDS, RETRY_FIELDS } from '../call/gateway-fields.ts'
import { quote, suggestion } from '../../near-names.ts'

const MAX_RETRIES = 10
const MAX_FALLBACKS = 10
const MAX_BYTES = 16 * 1024

const RETRIES_HEADERS = ['x-sluice-retries', 'x-litellm-num-retries'] as const

type RetryOverrides = Pick<CallerOverrides, 'retries' | 'fallbacks'>

/**
 * The retries and fallbacks that a client sets; a header takes precedence over the body. Throws GatewayError
 * `invalid_request` for invalid values.
 */
export function readRetries(call: Call): RetryOverrides {
  const { headers } = call.arrival.client
  const members = call.body.envelope.members.filter(({ key, type }) => RETRY_FIELDS.has(key) && type !== 'null')
  const list = headers.get('x-sluice-fallbacks')
  const named = RETRIES_HEADERS.find((name) => headers.has(name))
  if (members.length === 0 && list === null && !named) return NO_OVERRIDES
  const { table } = call.arrival.snapshot
  const fromBody = readMembers(call.body.bytes, members, table)
  return {
    retries: named ? retriesIn(`The header ${named}`, headers.get(named)!) : fromBody.retries,
    fallbacks: { ...fromBody.fallbacks, ...(list !== null && { any: namesInHeader(list, table) }) },
  }
}

function readMembers(body: Uint8Array, members: readonly JsonMember[], table: RoutingTable): RetryOverrides {
  let { retries } = NO_OVERRIDES
  const fallbacks: Partial<Record<FallbackKind, readonly string[]>> = {}
  let isDisabled = false
  for (const member of members) {
    const { key } = member
    if (key === 'num_retries') retries = retriesOf(body, member)
    else if (key === 'disable_fallbacks') isDisabled = booleanIn(body, member)
    else fallbacks[FALLBACK_FIELDS[key]!] = namesIn(body, member, table)
  }
  return { retries, fallbacks: isDisabled ? NO_FALLBACKS : fallbacks }
}

function booleanIn(body: Uint8Array, member: JsonMember): boolean {
  if (member.type === 'boolean') return readBoolean(body, member)
  throw invalid(`"${member.key}" must be of type boolean, not ${member.type}.`, member.key)
}

const retriesOf = (body: Uint8Array, member: JsonMember): number =>
  retriesIn(`"${member.key}"`, member.type === 'number' ? readNumber(body, member) : member.type, member.key)

function retriesIn(place: string, given: string | number, param?: string): number {
  const retries = typeof given === 'number' ? given : /^\d{1,3}$/.test(given) ? Number(given) : Number.NaN
  if (Number.isInteger(retries) && retries >= 0 && retries <= MAX_RETRIES) return retries
  throw invalid(`${place} must be a whole number from 0 to ${MAX_RETRIES}, not ${quote(String(given))}.`, param)
}

function namesInHeader(text: string, table: RoutingTable): string[] {
  const names = text.split(',').map((name) => name.trim())
  return existing(
    names.filter((name) => name !== ''),
    'The header x-sluice-fallbacks',
    table,
  )
}

/** Names, or objects with a `model`, as in LiteLLM. */
function namesIn(body: Uint8Array, member: JsonMember, table: RoutingTable): string[] {
  const { key, type, start, end } = member
  if (type !== 'array') throw invalid(`"${key}" must be of type array, not ${type}.`, key)
  if (end - start > MAX_BYTES) throw invalid(`"${key}" is longer than ${MAX_BYTES} bytes.`, key)
  const names = parseArray(textOf(body.subarray(start, end)), key).map((entry) => nameOf(entry, key))
  return existing(names, `"${key}"`, table, key)
}

/** In a large body, values are not checked before they are read. */
function parseArray(text: string, key: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[]
  } catch {
    throw new GatewayError('invalid_json', `"${key}" is not valid JSON.`, { param: key })
  }
}

function nameOf(entry: unknown, key: string): string {
  if (typeof entry === 'string') return entry
  const fields = typeof entry === 'object' && entry !== null ? Object.entries(entry) : []
  const [field, value] = fields[0] ?? []
  if (fields.length === 1 && field === 'model' && typeof value === 'string') return value
  throw invalid(`Each entry of "${key}" must be the name of a model, or {"model": NAME} without other fields.`, key)
}

function existing(names: readonly string[], place: string, table: RoutingTable, param?: string): string[] {
  if (names.length > MAX_FALLBACKS) throw invalid(`${place} names more than ${MAX_FALLBACKS} models.`, param)
  for (const name of names)
    if (!table.find(name))
      throw invalid(
        `${place} names the model ${quote(name)}, which does not exist.${suggestion(name, table.names())}`,
        param,
      )
  return [...names]
}

const invalid = (message: string, param: string | undefined) =>
  new GatewayError('invalid_request', message, param === undefined ? {} : { param })
