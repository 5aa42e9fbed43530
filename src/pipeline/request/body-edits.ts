import { GatewayError } from '../../errors.ts'
import { removeMembers, renameMember } from '../../codecs/json/edit-members.ts'
import { readBoolean, readString } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { type Edit, insertMember } from '../../codecs/json/splice.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import type { BodyShape, ProviderType } from '../../providers/provider.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Call } from '../call/call.ts'
import { GATEWAY_FIELDS } from '../call/gateway-fields.ts'
import type { Warnings } from '../call/warnings.ts'

/** The `stream_options` that request a usage event. */
const USAGE_OPTIONS = '{"include_usage":true}'

/** The newer name of OpenAI's output limit. */
const NEWER_CAP = 'max_completion_tokens'

/** What one upstream needs in a body. */
export interface BodyTarget {
  /** The upstream's name for the model; undefined if the path holds it. */
  readonly model: string | undefined
  /** Whether to request the usage event, though the client did not. */
  readonly requestsUsage: boolean
  /** The provider's variant of the API format. */
  readonly shape: BodyShape | undefined
}

/**
 * The edits that a body needs for this provider: the model's name, the request for usage, fields renamed or removed.
 * Unknown fields are forwarded unchanged. Throws GatewayError `unsupported_parameter` for a field that the provider
 * does not support.
 */
export function bodyEdits(
  call: Call,
  { body, envelope }: { readonly body: Uint8Array; readonly envelope: Envelope },
  candidate: Candidate,
  { model, requestsUsage, shape }: BodyTarget,
  warnings: Warnings,
): Edit[] {
  const { members } = envelope
  const { renames: always, values, modelRenames } = candidate.provider.type
  const renames = (model !== undefined && modelRenames?.(model)) || always
  const has = (key: string) => members.some((member) => member.key === key)
  const removed = new Set<JsonMember>()
  const edits: Edit[] = []
  if (model !== undefined && !has('model')) edits.push(insertMember(body, 'model', JSON.stringify(model)))
  if (requestsUsage && !has('stream_options')) edits.push(insertMember(body, 'stream_options', USAGE_OPTIONS))
  if (shape) for (const [key, value] of Object.entries(shape.adds)) edits.push(insertMember(body, key, value))
  for (const member of members) {
    const { key } = member
    const value = valueAt(body, member, values)
    const renamed = Object.hasOwn(renames, key) ? renames[key] : undefined
    if (key === 'model' && model !== undefined && envelope.model !== model)
      edits.push(replace(member, JSON.stringify(model)))
    else if (key === 'stream_options' && requestsUsage) edits.push(replace(member, withUsageRequested(body, member)))
    else if (GATEWAY_FIELDS.has(key) || (shape && isReshaped(shape, key))) removed.add(member)
    else if (isDropped(call, candidate, body, member, shape, warnings)) removed.add(member)
    else if (value !== undefined) edits.push(replace(member, JSON.stringify(value)))
    else if (renamed === NEWER_CAP && has(renamed)) removed.add(member)
    else if (renamed !== undefined) {
      // If both names are present, the newer one applies: it is the one that the client's SDK sets.
      for (const other of members) if (other.key === renamed) removed.add(other)
      edits.push(renameMember(member, renamed))
    }
  }
  if (removed.size > 0) edits.push(...removeMembers(members, removed))
  return edits.toSorted((a, b) => a.start - b.start)
}

/** The provider's name for the value of a field; undefined if it is the client's. */
function valueAt(body: Uint8Array, member: JsonMember, values: ProviderType['values']): string | undefined {
  if (member.type !== 'string' || !Object.hasOwn(values, member.key)) return undefined
  const [names, value] = [values[member.key]!, readString(body, member)]
  return Object.hasOwn(names, value) ? names[value] : undefined
}

const isReshaped = ({ adds, removes }: BodyShape, key: string): boolean =>
  Object.hasOwn(adds, key) || removes.includes(key)

/** Whether to remove a field; adds a warning if so. Throws if the response would have another meaning without it. */
function isDropped(
  call: Call,
  candidate: Candidate,
  body: Uint8Array,
  member: JsonMember,
  shape: BodyShape | undefined,
  warnings: Warnings,
): boolean {
  const { key } = member
  const { drops, rejects, name } = candidate.provider.type
  if (rejects.includes(key) && hasEffect(body, member))
    throw new GatewayError(
      'unsupported_parameter',
      `"${key}" is not supported by the provider of this model (${name}).`,
      { param: key },
    )
  if (!drops.includes(key) && !shape?.drops?.includes(key)) return false
  if (!call.body.envelope.members.some((sent) => sent.key === key)) return true // Sluice added it itself
  warnings.add(`${key} was removed: ${name} does not support it`)
  return true
}

/** `logprobs: false` and `logit_bias: {}` are treated as absent. */
const hasEffect = (body: Uint8Array, member: JsonMember): boolean =>
  member.type !== 'null' && !member.empty && !(member.type === 'boolean' && !readBoolean(body, member))

function withUsageRequested(body: Uint8Array, { start, end, type }: JsonMember): string {
  if (type !== 'object') return USAGE_OPTIONS
  const options = JSON.parse(Buffer.from(body.subarray(start, end)).toString()) as Record<string, unknown>
  return JSON.stringify({ ...options, include_usage: true })
}

const replace = ({ start, end }: JsonMember, text: string): Edit => ({ start, end, text })
