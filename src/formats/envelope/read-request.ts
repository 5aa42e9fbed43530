import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../errors.ts'
import { readBoolean, readNumber, readString } from '../../codecs/json/read.ts'
import { JsonScanError, type JsonMember, scanObject } from '../../codecs/json/scan.ts'
import type { Form } from '../../codecs/multipart/read-form.ts'
import type { Api } from '../apis/api.ts'
import { checkTypes } from './request-rules.ts'
import { textOf } from '../../codecs/text.ts'

/** Below this a body is parsed once to be sure that it is JSON all the way down; a larger one is only scanned. */
const PARSE_BELOW_BYTES = 16_384

/** No request of any SDK comes near it; deeper nesting is an attack on the parsers behind us. */
const MAX_DEPTH = 200

/** The few facts about a request that routing needs, read from its bytes without giving the bytes up. */
export interface Envelope {
  readonly members: readonly JsonMember[]
  /** The parts, where the body is a form with files; it has no members then. */
  readonly form: Form | undefined
  /** As the client wrote it; undefined when absent. */
  readonly model: string | undefined
  readonly stream: boolean
  /** The client itself asked for a usage event at the end of the stream. */
  readonly wantsUsage: boolean
  /** How many answers it wants. */
  readonly choices: number
  readonly user: string | undefined
  /** Cap on output tokens. */
  readonly maxOutput: number | undefined
  /** Size of the prompt field; the base of every token estimate. */
  readonly promptBytes: number
}

/**
 * Reads the envelope of a request in the words of `api`; `stream` where the path says it. Throws GatewayError `invalid_json`, `invalid_request` or
 * `missing_required_parameter`, naming the field or the byte at fault.
 */
export function readRequest(bytes: Uint8Array, api: Api, stream?: boolean): Envelope {
  if (bytes.length === 0) throw new GatewayError('invalid_json', 'The request has no body. Send a JSON object.')
  if (!isUtf8(bytes)) throw new GatewayError('invalid_json', 'The request body is not valid UTF-8.')
  try {
    return readEnvelope(bytes, api, stream)
  } catch (thrown) {
    if (thrown instanceof JsonScanError)
      throw new GatewayError('invalid_json', `The request body is no valid JSON object: ${thrown.message}.`)
    if (thrown instanceof SyntaxError)
      throw new GatewayError('invalid_json', `The request body is not valid JSON: ${thrown.message}.`)
    throw thrown
  }
}

/** Throws JsonScanError or SyntaxError too: of a large body some parts are not looked at before they are read. */
function readEnvelope(bytes: Uint8Array, api: Api, pathStream: boolean | undefined): Envelope {
  const members = scanObject(bytes, MAX_DEPTH)
  if (bytes.length < PARSE_BELOW_BYTES) JSON.parse(textOf(bytes))
  checkModelName(members)
  checkTypes(members, bytes, api)
  const find = (key: string) => members.find((member) => member.key === key && member.type !== 'null')
  const [model, stream, prompt] = [find('model'), find('stream'), find(api.prompt.field)]
  return {
    members,
    form: undefined,
    model: model?.type === 'string' ? readString(bytes, model) : undefined,
    stream: api.streams && (pathStream ?? (stream?.type === 'boolean' && readBoolean(bytes, stream))),
    wantsUsage: wantsUsage(bytes, find('stream_options')),
    choices: firstOf(['n'], bytes, find, 'number') ?? 1,
    user: firstOf(api.users, bytes, find, 'string'),
    maxOutput: firstOf(api.caps, bytes, find, 'number'),
    promptBytes: prompt ? prompt.end - prompt.start : 0,
  }
}

interface Kinds {
  string: string
  number: number
}

/** The value of the first of these fields that is there and of this type; `a.b` is a field of a field. */
function firstOf<Kind extends keyof Kinds>(
  paths: readonly string[],
  bytes: Uint8Array,
  find: (key: string) => JsonMember | undefined,
  kind: Kind,
): Kinds[Kind] | undefined {
  for (const path of paths) {
    const [key, inner] = path.split('.') as [string, string | undefined]
    const member = find(key)
    const value = member && valueOf(bytes, member, inner)
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

/** Servers written in Go take `Model` for `model`, and the last one counts: they would answer as another than the one routed to. */
function checkModelName(members: readonly JsonMember[]): void {
  const twin = members.find(({ key }) => key.length === 5 && key !== 'model' && key.toLowerCase() === 'model')
  if (twin) throw new GatewayError('invalid_request', `"${twin.key}" is to be spelled "model".`, { param: twin.key })
}

/** Parsed as a whole: whoever adds to these options later can rely on their being JSON. */
function wantsUsage(bytes: Uint8Array, options: JsonMember | undefined): boolean {
  if (options?.type !== 'object') return false
  const { include_usage: includeUsage } = JSON.parse(textOf(bytes.subarray(options.start, options.end))) as Record<
    string,
    unknown
  >
  return includeUsage === true
}
