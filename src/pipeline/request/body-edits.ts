import { GatewayError } from '../../errors.ts'
import { removeMembers, renameMember } from '../../codecs/json/edit-members.ts'
import { readBoolean } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { type Edit, insertMember } from '../../codecs/json/splice.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import type { BodyShape } from '../../providers/provider.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Call } from '../call/call.ts'
import { GATEWAY_FIELDS } from '../call/gateway-fields.ts'
import type { Warnings } from '../call/warnings.ts'

/** The client asked for usage in none or in other words: `"include_usage":true` becomes the last member of the options. */
const USAGE_ASKED = '{"include_usage":true}'

/** What a body becomes for one upstream. */
export interface Wanted {
  /** The upstream's name for the model; undefined where the path says it. */
  readonly model: string | undefined
  /** Its usage event is wanted though the client did not ask for it. */
  readonly asksUsage: boolean
  /** How this provider wants the language. */
  readonly shape: BodyShape | undefined
}

/**
 * What has to change in a body for this provider: the model, usage asked for, fields under other names or none. Unknown
 * fields stay as they are. Throws GatewayError `unsupported_parameter` for a field that the provider cannot honour.
 */
export function bodyEdits(
  call: Call,
  { body, envelope }: { readonly body: Uint8Array; readonly envelope: Envelope },
  candidate: Candidate,
  { model, asksUsage, shape }: Wanted,
  warnings: Warnings,
): Edit[] {
  const { members } = envelope
  const { renames } = candidate.provider.type
  const has = (key: string) => members.some((member) => member.key === key)
  const removed = new Set<JsonMember>()
  const edits: Edit[] = []
  if (model !== undefined && !has('model')) edits.push(insertMember(body, 'model', JSON.stringify(model)))
  if (asksUsage && !has('stream_options')) edits.push(insertMember(body, 'stream_options', USAGE_ASKED))
  if (shape) for (const [key, value] of Object.entries(shape.adds)) edits.push(insertMember(body, key, value))
  for (const member of members) {
    const { key } = member
    const renamed = Object.hasOwn(renames, key) ? renames[key] : undefined
    if (key === 'model' && model !== undefined && envelope.model !== model)
      edits.push(replace(member, JSON.stringify(model)))
    else if (key === 'stream_options' && asksUsage) edits.push(replace(member, withUsageAsked(body, member)))
    else if (GATEWAY_FIELDS.has(key) || (shape && isReshaped(shape, key))) removed.add(member)
    else if (isDropped(call, candidate, body, member, warnings)) removed.add(member)
    else if (renamed !== undefined) {
      // The newer name wins over the older one beside it: that is the one the client's SDK means.
      for (const other of members) if (other.key === renamed) removed.add(other)
      edits.push(renameMember(member, renamed))
    }
  }
  if (removed.size > 0) edits.push(...removeMembers(members, removed))
  return edits.toSorted((a, b) => a.start - b.start)
}

const isReshaped = ({ adds, removes }: BodyShape, key: string): boolean =>
  Object.hasOwn(adds, key) || removes.includes(key)

/** True for a field to leave out, after a warning is noted. Throws for one without which the answer would mean something else. */
function isDropped(
  call: Call,
  candidate: Candidate,
  body: Uint8Array,
  member: JsonMember,
  warnings: Warnings,
): boolean {
  const { key } = member
  const { drops, rejects, name } = candidate.provider.type
  if (rejects.includes(key) && asksForSomething(body, member))
    throw new GatewayError(
      'unsupported_parameter',
      `"${key}" is not offered by the provider of this model (${name}).`,
      { param: key },
    )
  if (!drops.includes(key)) return false
  if (!call.body.envelope.members.some((asked) => asked.key === key)) return true // we put it there ourselves
  warnings.add(`${key} was removed: ${name} does not take it`)
  return true
}

/** `logprobs: false` and `logit_bias: {}` are as good as absent. */
const asksForSomething = (body: Uint8Array, member: JsonMember): boolean =>
  member.type !== 'null' && !member.empty && !(member.type === 'boolean' && !readBoolean(body, member))

function withUsageAsked(body: Uint8Array, { start, end, type }: JsonMember): string {
  if (type !== 'object') return USAGE_ASKED
  const options = JSON.parse(Buffer.from(body.subarray(start, end)).toString()) as Record<string, unknown>
  return JSON.stringify({ ...options, include_usage: true })
}

const replace = ({ start, end }: JsonMember, text: string): Edit => ({ start, end, text })
