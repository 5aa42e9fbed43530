import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../errors.ts'
import { readBoolean, readNumber, readString } from '../../codecs/json/read.ts'
import { JsonScanError, type JsonMember, scanObject } from '../../codecs/json/scan.ts'
import type { Form } from '../../codecs/multipart/read-form.ts'
import type { Api } from '../apis/api.ts'
import { checkTypes } from './request-rules.ts'
import { textOf } from '../../codecs/text.ts'

/** Smaller bodies are parsed once, to make sure that they are valid JSON at every level; larger ones are only scanned. */
const PARSE_BELOW_BYTES = 16_384

/** No SDK's requests come near this depth; deeper nesting is an attack on the upstream's parser. */
const MAX_DEPTH = 200

/** The facts about a request that routing needs. They are read from its bytes, which are kept. */
export interface Envelope {
  readonly members: readonly JsonMember[]
  /** The parts, if the body is a form with files; `members` is empty then. */
  readonly form: Form | undefined
  /** As the client wrote it; undefined if absent. */
  readonly model: string | undefined
  readonly stream: boolean
  /** The client itself requested a usage event at the end of the stream. */
  readonly wantsUsage: boolean
  /** The number of choices that it requests. */
  readonly choices: number
  readonly user: string | undefined
  /** Cap on output tokens. */
  readonly maxOutput: number | undefined
  /** Size of the prompt field; the base of every token estimate. */
  readonly promptBytes: number
}

/**
 * Reads the envelope of a request to `api`. `stream`: what the path states, if it does. Throws GatewayError
 * `invalid_json`, `invalid_request` or `missing_required_parameter`, naming the field or the byte at fault.
 */
export function readRequest(bytes: Uint8Array, api: Api, stream?: boolean): Envelope {
  if (bytes.length === 0) throw new GatewayError('invalid_json', 'The request has no body. Send a JSON object.')
  if (!isUtf8(bytes)) throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.')
  try {
    return readEnvelope(bytes, api, stream)
  } catch (thrown) {
    if (thrown instanceof JsonScanError)
      throw new GatewayError('invalid_json', `The request body is not a valid JSON object: ${thrown.message}.`)
    if (thrown instanceof SyntaxError)
      throw new GatewayError('invalid_json', `The request body is not valid JSON: ${thrown.message}.`)
    throw thrown
  }
}

/** Also throws JsonScanError or SyntaxError, because some parts of a large body are not checked before they are read. */
function readEnvelope(bytes: Uint8Array, api: Api, pathStream: boolean | undefined): Envelope {
  const members = scanObject(bytes, MAX_DEPTH)
  if (bytes.length < PARSE_BELOW_BYTES) JSON.parse(textOf(bytes))
  checkModelName(members)
  checkTypes(members, bytes, api)
  const model = memberOf(members, 'model')
  const stream = memberOf(members, 'stream')
  const prompt = memberOf(members, api.prompt.field) ?? members.find(({ key }) => api.prompt.or?.includes(key))
  return {
    members,
    form: undefined,
    model: model?.type === 'string' ? readString(bytes, model) : undefined,
    stream:
      api.streams &&
      (pathStream ?? (stream?.type === 'boolean' ? readBoolean(bytes, stream) : api.streamsByDefault === true)),
    wantsUsage: wantsUsage(bytes, memberOf(members, 'stream_options')),
    choices: firstOf(CHOICES, bytes, members, 'number') ?? 1,
    user: firstOf(api.users, bytes, members, 'string'),
    maxOutput: capOf(firstOf(api.caps, bytes, members, 'number')),
    promptBytes: prompt ? prompt.end - prompt.start : 0,
  }
}

/** The member of this name, unless it is null. A loop, because a function for each search costs as much as the search. */
function memberOf(members: readonly JsonMember[], key: string): JsonMember | undefined {
  for (const member of members) if (member.key === key) return member.type === 'null' ? undefined : member
  return undefined
}

/** A negative cap is none: servers of Ollama's API take -1 for unlimited. */
const capOf = (value: number | undefined): number | undefined => (value !== undefined && value < 0 ? undefined : value)

const CHOICES = ['n'] as const

interface Kinds {
  string: string
  number: number
}

/** The value of the first of these fields that is present and of this type; `a.b` is a nested field. */
function firstOf<Kind extends keyof Kinds>(
  paths: readonly string[],
  bytes: Uint8Array,
  members: readonly JsonMember[],
  kind: Kind,
): Kinds[Kind] | undefined {
  for (const path of paths) {
    const dot = path.indexOf('.')
    const member = memberOf(members, dot === -1 ? path : path.slice(0, dot))
    if (!member) continue
    const value = valueOf(bytes, member, dot === -1 ? undefined : path.slice(dot + 1))
    if (typeof value === kind) return value as Kinds[Kind]
  }
  return undefined
}

function valueOf(bytes: Uint8Array, member: JsonMember, inner: string | undefined): unknown {
  if (inner !== undefined) {
    if (member.type !== 'object') return undefined
    const fields = JSON.parse(textOf(bytes.subarray(member.start, member.end))) as Record<string, unknown>
    return Object.hasOwn(fields, inner) ? fields[inner] : undefined
  }
  if (member.type === 'string') return readString(bytes, member)
  return member.type === 'number' ? readNumber(bytes, member) : undefined
}

/**
 * Servers written in Go accept `Model` as `model`, and the last one counts: they would use another model than was
 * routed.
 */
function checkModelName(members: readonly JsonMember[]): void {
  for (const { key } of members)
    if (key.length === 5 && key !== 'model' && key.toLowerCase() === 'model')
      throw new GatewayError('invalid_request', `"${key}" is not accepted. Write "model".`, { param: key })
}

/** The options are parsed completely, so that later edits of them can rely on valid JSON. */
function wantsUsage(bytes: Uint8Array, options: JsonMember | undefined): boolean {
  if (options?.type !== 'object') return false
  const { include_usage: includeUsage } = JSON.parse(textOf(bytes.subarray(options.start, options.end))) as Record<
    string,
    unknown
  >
  return includeUsage === true
}
