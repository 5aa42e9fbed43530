import { isJson } from '../../codecs/json/is-json.ts'
import { type JsonMember, JsonScanError, scanObject } from '../../codecs/json/scan.ts'
import { lastMember } from '../../codecs/json/tail.ts'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import { isRecord } from '../fields/fields.ts'
import { failedFinish } from '../openai-shared/failed-finish.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { readUsage, type Usage, usageOf } from './read-usage.ts'
import { textOf } from '../../codecs/text.ts'

/**
 * A larger response (mostly embeddings) is not scanned: only its ends are checked, and `usage` is searched from the end.
 */
const SCAN_BELOW_BYTES = 1024 * 1024

/** A smaller response is parsed, which makes sure that it is valid JSON at every level: 0.4 µs for 1 KB. */
const PARSE_BELOW_BYTES = 16_384

const MAX_DEPTH = 500

export type Answer =
  | { readonly type: 'answer'; readonly usage: Usage | undefined }
  | { readonly type: 'error'; readonly error: UpstreamError }
  | { readonly type: 'malformed'; readonly reason: string }

/**
 * Checks a complete response with status 200 for empty, truncated, damaged and HTML bodies, and for errors with status
 * 200.
 */
export function readResponse(bytes: Uint8Array): Answer {
  if (bytes.length > SCAN_BELOW_BYTES) return readLarge(bytes)
  if (bytes.length >= PARSE_BELOW_BYTES) return readScanned(bytes)
  return readParsed(bytes) ?? readScanned(bytes)
}

/** The usual small response, parsed once. Undefined for all others: the scan finds what is wrong with them. */
function readParsed(bytes: Uint8Array): Answer | undefined {
  const value = parsed(textOf(bytes))
  if (!isRecord(value) || isSign(value['error']) || value['object'] === 'error') return undefined
  const { choices, usage } = value
  if (Array.isArray(choices) && choices.some((choice) => !isRecord(choice) || choice['finish_reason'] === 'error'))
    return undefined
  return { type: 'answer', usage: usageOf(usage) }
}

const isSign = (error: unknown): boolean => error !== undefined && error !== null

function readScanned(bytes: Uint8Array): Answer {
  try {
    const members = scanObject(bytes, MAX_DEPTH)
    if (bytes.length < PARSE_BELOW_BYTES && !isJson(textOf(bytes))) return { type: 'malformed', reason: 'is not JSON' }
    if (members.some((member) => isErrorSign(bytes, member))) {
      const error = decodeError(textOf(bytes))
      if (error) return { type: 'error', error }
    }
    if (members.some((member) => isFailedChoices(bytes, member)))
      return { type: 'error', error: failedFinish('error')! }
    const usage = members.find(({ key }) => key === 'usage')
    return { type: 'answer', usage: usage && readUsage(textOf(bytes.subarray(usage.start, usage.end))) }
  } catch (thrown) {
    if (thrown instanceof JsonScanError)
      return { type: 'malformed', reason: bytes.length === 0 ? 'is empty' : 'is not complete JSON' }
    throw thrown
  }
}

/** Undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A non-empty `error`, or the `"object": "error"` of older vLLM. */
const isErrorSign = (bytes: Uint8Array, { key, type, empty, start, end }: JsonMember): boolean =>
  key === 'error' ? type !== 'null' && !empty : key === 'object' && textOf(bytes.subarray(start, end)) === '"error"'

/** The `choices` of a response that ended with the reason `error`. The word is searched before anything is parsed. */
function isFailedChoices(bytes: Uint8Array, { key, start, end }: JsonMember): boolean {
  if (key !== 'choices') return false
  const choices = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  if (!choices.includes('"error"')) return false
  const list: unknown = JSON.parse(choices.toString())
  return Array.isArray(list) && list.some((choice) => isRecord(choice) && choice['finish_reason'] === 'error')
}

function readLarge(bytes: Uint8Array): Answer {
  if (!/^\s*\{/.test(textOf(bytes.subarray(0, 64))) || !/\}\s*$/.test(textOf(bytes.subarray(-64))))
    return { type: 'malformed', reason: 'is not complete JSON' }
  const usage = lastMember(bytes, 'usage')
  return { type: 'answer', usage: usage && readUsage(textOf(usage)) }
}
