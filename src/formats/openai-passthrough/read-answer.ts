import { isJson } from '../../codecs/json/is-json.ts'
import { type JsonMember, JsonScanError, scanObject } from '../../codecs/json/scan.ts'
import { lastMember } from '../../codecs/json/tail.ts'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { readUsage, type Usage } from './read-usage.ts'
import { textOf } from '../../codecs/text.ts'

/** Above this an answer (vectors, mostly) is not walked: its ends are looked at, and `usage` is sought from the back. */
const SCAN_BELOW_BYTES = 1024 * 1024

/** Below this an answer is parsed once to be sure that it is JSON all the way down: 0.4 µs for 1 KB. */
const PARSE_BELOW_BYTES = 16_384

const MAX_DEPTH = 500

export type Answer =
  | { readonly type: 'answer'; readonly usage: Usage | undefined }
  | { readonly type: 'error'; readonly error: UpstreamError }
  | { readonly type: 'malformed'; readonly reason: string }

/** Looks whether a whole 200 answer is one: empty, cut, damaged and HTML bodies and errors under 200 are not. */
export function readAnswer(bytes: Uint8Array): Answer {
  if (bytes.length > SCAN_BELOW_BYTES) return readLarge(bytes)
  try {
    const members = scanObject(bytes, MAX_DEPTH)
    if (bytes.length < PARSE_BELOW_BYTES && !isJson(textOf(bytes))) return { type: 'malformed', reason: 'is not JSON' }
    if (members.some((member) => isErrorSign(bytes, member))) {
      const error = decodeError(textOf(bytes))
      if (error) return { type: 'error', error }
    }
    const usage = members.find(({ key }) => key === 'usage')
    return { type: 'answer', usage: usage && readUsage(textOf(bytes.subarray(usage.start, usage.end))) }
  } catch (thrown) {
    if (thrown instanceof JsonScanError)
      return { type: 'malformed', reason: bytes.length === 0 ? 'is empty' : 'is not complete JSON' }
    throw thrown
  }
}

/** `error` with something in it, or the `"object": "error"` of older vLLM. */
const isErrorSign = (bytes: Uint8Array, { key, type, empty, start, end }: JsonMember): boolean =>
  key === 'error' ? type !== 'null' && !empty : key === 'object' && textOf(bytes.subarray(start, end)) === '"error"'

function readLarge(bytes: Uint8Array): Answer {
  if (!/^\s*\{/.test(textOf(bytes.subarray(0, 64))) || !/\}\s*$/.test(textOf(bytes.subarray(-64))))
    return { type: 'malformed', reason: 'is not complete JSON' }
  const usage = lastMember(bytes, 'usage')
  return { type: 'answer', usage: usage && readUsage(textOf(usage)) }
}
