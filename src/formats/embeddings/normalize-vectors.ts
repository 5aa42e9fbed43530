// Answers in OpenAI's language whose vectors are not as the client asked for them. Its SDKs ask for base64 unless told
// otherwise, and some servers do not know that they can be asked: the SDK would read their numbers as garbage.
import type { Envelope } from '../envelope/read-request.ts'
import { readString } from '../../codecs/json/read.ts'
import { isRecord } from '../fields/fields.ts'
import { textOf } from '../../codecs/text.ts'
import { readVector, toBase64, toFloats } from './vector.ts'

type Encoding = 'float' | 'base64'

/** Undefined for an encoding that is the upstream's own. */
export function wantedEncoding({ members }: Envelope, body: Uint8Array): Encoding | undefined {
  const member = members.find(({ key, type }) => key === 'encoding_format' && type !== 'null')
  const word = member === undefined ? 'float' : member.type === 'string' ? readString(body, member) : undefined
  return word === 'float' || word === 'base64' ? word : undefined
}

const KEY = Buffer.from('"embedding"')
const [COLON, QUOTE, BRACKET] = [0x3a, 0x22, 0x5b]

/** The encoding of the first vector; undefined where there is none. */
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

/** The answer with its vectors as they are wanted: the same bytes where they are so already, which is the rule. */
export function withEncoding(answer: Uint8Array<ArrayBuffer>, wanted: Encoding): Uint8Array<ArrayBuffer> | string {
  const found = encodingOf(answer)
  return found === undefined || found === wanted ? answer : rewritten(answer, wanted)
}

function rewritten(answer: Uint8Array<ArrayBuffer>, wanted: Encoding): Uint8Array<ArrayBuffer> | string {
  const body: unknown = JSON.parse(textOf(answer))
  if (!isRecord(body) || !Array.isArray(body['data'])) return answer
  const write = wanted === 'base64' ? toBase64 : toFloats
  const data = body['data'].map((item: unknown) => {
    const vector = isRecord(item) ? readVector(item['embedding']) : undefined
    return vector === undefined ? item : { ...(item as object), embedding: write(vector) }
  })
  return JSON.stringify({ ...body, data })
}
