import { GatewayError } from '../errors.ts'
import { isForwardable } from './forwarded-header.ts'
import { upstreamPath } from '../formats/wires.ts'
import type { Envelope } from '../formats/openai/read-request.ts'
import { readBoolean } from '../formats/json/read.ts'
import { removeMembers, renameMember } from '../formats/json/edit-members.ts'
import type { JsonMember } from '../formats/json/scan.ts'
import { type Edit, insertMember, splice } from '../formats/json/splice.ts'
import { scratchBytes } from '../upstream/scratch.ts'
import type { Candidate } from '../routing/endpoint.ts'
import type { Call } from './call.ts'
import { LIMIT_FIELDS } from './caller-limits.ts'
import { WISH_FIELDS } from './caller-wishes.ts'

/** One attempt as it goes out. */
export interface Prepared {
  readonly url: string
  readonly headers: Record<string, string>
  /** To be sent in this turn: it may stand in memory that the next call uses again. */
  readonly body: Uint8Array<ArrayBuffer>
  /** We asked for the usage event ourselves: the client must not see it. */
  readonly hidesUsage: boolean
}

/** What is asked of the upstream: the client's own request, or one for the rest of an answer. */
export interface Asked {
  readonly body: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope
  /** What the wildcard of the model's name matched. */
  readonly matched: string | undefined
}

/** Of the client's headers only these go on; its key never does. */
const FORWARDED = ['openai-beta', 'traceparent', 'tracestate', 'x-session-id'] as const

/**
 * The client's bytes with `model` spliced in, and what this provider needs otherwise. Unknown fields stay as they are.
 * Throws GatewayError `unsupported_parameter` for a field that the provider cannot honour.
 */
export function prepare(call: Call, candidate: Candidate, { body, envelope, matched }: Asked): Prepared {
  call.warnings = undefined // those of an attempt that failed are not about this one
  const { type, apiVersion } = candidate.provider
  const model = matched === undefined ? candidate.upstreamModel : candidate.upstreamModel.replace('*', () => matched)
  const hidesUsage = envelope.stream && type.streamsUsage && !envelope.wantsUsage
  const edits = editsFor(call, { body, envelope }, candidate, model, hidesUsage)
  return {
    url: type.url(candidate.endpoint.baseUrl, upstreamPath(call.wire!, model, envelope.stream), model, { apiVersion }),
    headers: headersFor(call, candidate, envelope.stream),
    body: edits.length === 0 ? body : splice(body, edits, scratchBytes),
    hidesUsage,
  }
}

/** Fields of a body that no upstream knows. */
const FOR_US: ReadonlySet<string> = new Set([...LIMIT_FIELDS, ...WISH_FIELDS])

/** The client asked for usage in none or in other words: `"include_usage":true` becomes the last member of the options. */
const USAGE_ASKED = '{"include_usage":true}'

function editsFor(
  call: Call,
  { body, envelope }: Omit<Asked, 'matched'>,
  candidate: Candidate,
  model: string,
  hidesUsage: boolean,
): Edit[] {
  const { members } = envelope
  const { renames } = candidate.provider.type
  const has = (key: string) => members.some((member) => member.key === key)
  const removed = new Set<JsonMember>()
  const edits: Edit[] = []
  if (!has('model')) edits.push(insertMember(body, 'model', JSON.stringify(model)))
  if (hidesUsage && !has('stream_options')) edits.push(insertMember(body, 'stream_options', USAGE_ASKED))
  for (const member of members) {
    const { key } = member
    const renamed = Object.hasOwn(renames, key) ? renames[key] : undefined
    if (key === 'model' && envelope.model !== model) edits.push(replace(member, JSON.stringify(model)))
    else if (key === 'stream_options' && hidesUsage) edits.push(replace(member, withUsageAsked(body, member)))
    else if (FOR_US.has(key)) removed.add(member)
    else if (isDropped(call, candidate, body, member)) removed.add(member)
    else if (renamed !== undefined) {
      // The newer name wins over the older one beside it: that is the one the client's SDK means.
      for (const other of members) if (other.key === renamed) removed.add(other)
      edits.push(renameMember(member, renamed))
    }
  }
  if (removed.size > 0) edits.push(...removeMembers(members, removed))
  return edits.toSorted((a, b) => a.start - b.start)
}

/** True for a field to leave out, after a warning is noted. Throws for one without which the answer would mean something else. */
function isDropped(call: Call, candidate: Candidate, body: Uint8Array, member: JsonMember): boolean {
  const { key } = member
  const { drops, refuses, name } = candidate.provider.type
  if (refuses.includes(key) && asksForSomething(body, member))
    throw new GatewayError(
      'unsupported_parameter',
      `"${key}" is not offered by the provider of this model (${name}).`,
      { param: key },
    )
  if (!drops.includes(key)) return false
  call.warn(`${key} was removed: ${name} does not take it`)
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

function headersFor(call: Call, { provider }: Candidate, isStream: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: isStream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity', // unpacking would cost us time, and hold back small events
    'user-agent': 'sluice',
    'x-request-id': call.id,
    ...provider.headers,
  }
  const client = call.request.headers
  for (const name of FORWARDED) {
    const value = client.get(name)
    if (value !== null && isForwardable(value) && !isForThisHop(client, name)) headers[name] = value
  }
  return headers
}

/** What `connection` names was meant for us alone. Source: RFC 9110, section 7.6.1 */
const isForThisHop = (client: Headers, name: string): boolean =>
  client.get('connection')?.toLowerCase().includes(name) === true
