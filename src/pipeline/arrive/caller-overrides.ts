import { GatewayError } from '../../errors.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import { readBoolean, readNumber } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { textOf } from '../../codecs/text.ts'
import { type FallbackKind, type Fallbacks, NO_FALLBACKS } from '../../routing/fallbacks.ts'
import type { RoutingTable } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'
import { quote, suggestion } from '../choose/choose-model.ts'
import type { Step } from '../call/step.ts'

/** What a caller wants otherwise than the configuration has it. */
export interface CallerOverrides {
  /** Instead of what the model says of every kind of failure. */
  readonly retries: number | undefined
  /** Instead of the model's lists of these kinds. */
  readonly fallbacks: Partial<Fallbacks>
}

export const NO_OVERRIDES: CallerOverrides = { retries: undefined, fallbacks: {} }

const MOST_RETRIES = 10
const MOST_FALLBACKS = 10
const MOST_BYTES = 16 * 1024

/** In LiteLLM's words. Source: https://docs.litellm.ai/docs/proxy/reliability */
const LISTS: Readonly<Record<string, FallbackKind>> = {
  fallbacks: 'any',
  context_window_fallbacks: 'contextWindow',
  content_policy_fallbacks: 'contentPolicy',
}

/** Fields of a body that are meant for us, and that no upstream knows. */
export const OVERRIDE_FIELDS: ReadonlySet<string> = new Set([...Object.keys(LISTS), 'num_retries', 'disable_fallbacks'])

const RETRIES_HEADERS = ['x-sluice-retries', 'x-litellm-num-retries'] as const

/**
 * Reads how often, and at which other models, the caller wants to be tried again; a header counts more than the body. Throws
 * GatewayError `invalid_request` for what cannot be meant.
 */
export const callerOverrides: Step = (next) => (call) => {
  const { headers } = call.request
  const members = call.envelope ? overrideMembers(call.envelope) : []
  const list = headers.get('x-sluice-fallbacks')
  const retries = RETRIES_HEADERS.map((name) => [name, headers.get(name)] as const).find(([, text]) => text !== null)
  if (members.length > 0 || list !== null || retries) {
    const fromBody = overridesIn(call, members)
    call.overrides = {
      retries: retries ? retriesIn(`The header ${retries[0]}`, retries[1]!) : fromBody.retries,
      fallbacks: { ...fromBody.fallbacks, ...(list !== null && { any: namesInHeader(list, call.snapshot.table) }) },
    }
  }
  return next(call)
}

function overrideMembers({ members }: Envelope): JsonMember[] {
  return members.filter(({ key, type }) => OVERRIDE_FIELDS.has(key) && type !== 'null')
}

function overridesIn({ body, snapshot }: Call, members: readonly JsonMember[]): CallerOverrides {
  const overrides = { retries: NO_OVERRIDES.retries, fallbacks: {} as Partial<Record<FallbackKind, readonly string[]>> }
  let isDisabled = false
  for (const member of members) {
    const { key } = member
    if (key === 'num_retries') overrides.retries = retriesOf(body, member)
    else if (key === 'disable_fallbacks') isDisabled = yesOrNo(body, member)
    else overrides.fallbacks[LISTS[key]!] = namesIn(body, member, snapshot.table)
  }
  return isDisabled ? { ...overrides, fallbacks: NO_FALLBACKS } : overrides
}

function yesOrNo(body: Uint8Array, member: JsonMember): boolean {
  if (member.type === 'boolean') return readBoolean(body, member)
  throw refusal(`"${member.key}" must be of type boolean, not ${member.type}.`, member.key)
}

const retriesOf = (body: Uint8Array, member: JsonMember): number =>
  retriesIn(`"${member.key}"`, member.type === 'number' ? readNumber(body, member) : member.type, member.key)

function retriesIn(place: string, given: string | number, param?: string): number {
  const retries = typeof given === 'number' ? given : /^\d{1,3}$/.test(given) ? Number(given) : Number.NaN
  if (Number.isInteger(retries) && retries >= 0 && retries <= MOST_RETRIES) return retries
  throw refusal(`${place} must be a whole number from 0 to ${MOST_RETRIES}, not ${quote(String(given))}.`, param)
}

function namesInHeader(text: string, table: RoutingTable): string[] {
  const names = text.split(',').map((name) => name.trim())
  return known(
    names.filter((name) => name !== ''),
    'The header x-sluice-fallbacks',
    table,
  )
}

/** Names, or objects with a `model`, as LiteLLM takes them. */
function namesIn(body: Uint8Array, member: JsonMember, table: RoutingTable): string[] {
  const { key, type, start, end } = member
  if (type !== 'array') throw refusal(`"${key}" must be of type array, not ${type}.`, key)
  if (end - start > MOST_BYTES) throw refusal(`"${key}" is longer than ${MOST_BYTES} bytes.`, key)
  const names = parsed(textOf(body.subarray(start, end)), key).map((entry) => nameOf(entry, key))
  return known(names, `"${key}"`, table, key)
}

/** Of a large body the parts are not looked at before they are read. */
function parsed(text: string, key: string): unknown[] {
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
  throw refusal(`An entry of "${key}" is neither the name of a model nor {"model": NAME} alone.`, key)
}

function known(names: readonly string[], place: string, table: RoutingTable, param?: string): string[] {
  if (names.length > MOST_FALLBACKS) throw refusal(`${place} names more than ${MOST_FALLBACKS} models.`, param)
  for (const name of names)
    if (!table.find(name))
      throw refusal(
        `${place} names ${quote(name)}, and there is no such model.${suggestion(name, table.names())}`,
        param,
      )
  return [...names]
}

const refusal = (message: string, param: string | undefined) =>
  new GatewayError('invalid_request', message, param === undefined ? {} : { param })
