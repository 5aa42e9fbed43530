// Converts vectors of responses in OpenAI's format to the encoding that the client requested. OpenAI's SDKs request
// base64 by default, and some servers ignore that: the SDK would decode their numbers as garbage.
import type { Envelope } from '../envelope/read-request.ts'
import { readString } from '../../codecs/json/read.ts'
import { isRecord } from '../fields/fields.ts'
import { textOf } from '../../codecs/text.ts'
import { readVector, toBase64, toFloats } from './vector.ts'

type Encoding = 'float' | 'base64'

/** The encoding that the client requested; undefined: an encoding that only the upstream knows. */
export function requestedEncoding({ members }: Envelope, body: Uint8Array): Encoding | undefined {
  const member = members.find(({ key, type }) => key === 'encoding_format' && type !== 'null')
  const encoding = member === undefined ? 'float' : member.type === 'string' ? readString(body, member) : undefined
  return encoding === 'float' || encoding === 'base64' ? encoding : undefined
}

const KEY = Buffer.from('"embedding"')
const [COLON, QUOTE, BRACKET] = [0x3a, 0x22, 0x5b]

/** The encoding of the first vector; undefined: there are no vectors. */
function encodingOf(answer: Uint8Array): Encoding | undefined {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length)
  for (let at = bytes.indexOf(KEY); at !== -1; at = bytes.indexOf(KEY, at + 1)) {
    const colon = afterSpace(bytes, at + KEY.length)
    if (bytes[colon] !== COLON) continue // `"object": "embedding"`
    const value = bytes[afterSpace(bytes, colon + 1)]
    return value === QUOTE ? 'base64' : value === BRACKET ? 'float' : undefined
  }
  return undefined
}

function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at]! <= 0x20) at++
  return at
}

/**
 * The response with vectors in the requested encoding; the same bytes if they are in it already, which is the usual
 * case.
 */
export function withEncoding(answer: Uint8Array<ArrayBuffer>, requested: Encoding): Uint8Array<ArrayBuffer> | string {
  const found = encodingOf(answer)
  return found === undefined || found === requested ? answer : rewritten(answer, requested)
}

function rewritten(answer: Uint8Array<ArrayBuffer>, requested: Encoding): Uint8Array<ArrayBuffer> | string {
  const body: unknown = JSON.parse(textOf(answer))
  if (!isRecord(body) || !Array.isArray(body['data'])) return answer
  const write = requested === 'base64' ? toBase64 : toFloats
  const vectors = body['data'].map((item: unknown) => (isRecord(item) ? readVector(item['embedding']) : undefined))
  // Base64 of other numbers than floats (int8) is forwarded as it came: decoded, it would be noise.
  if (vectors.includes(undefined)) return answer
  const data = body['data'].map((item: object, at) => ({ ...item, embedding: write(vectors[at]!) }))
  return JSON.stringify({ ...body, data })
}
