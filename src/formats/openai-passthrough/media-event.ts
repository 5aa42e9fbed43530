import type { UpstreamError } from '../../chat/upstream-error.ts'
import { readString } from '../../codecs/json/read.ts'
import { type JsonMember, scanObject } from '../../codecs/json/scan.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { textOf } from '../../codecs/text.ts'
import { readUsage, type Usage } from './read-usage.ts'

/** One event of a stream of images or audio. */
export interface MediaEvent {
  /** `part`: more events must follow; `end`: the last event; `unknown`: an event of another server. */
  readonly position: 'part' | 'end' | 'unknown'
  readonly usage: Usage | undefined
  readonly error: UpstreamError | undefined
}

const PART = /\.(?:delta|partial_image|segment|language)$|\.chunk$/
const END = /\.(?:done|completed)$/
const MAX_DEPTH = 100

/**
 * Reads the `data` of an event. Images and audio are not decoded, even if they have megabytes. Throws JsonScanError if
 * `data` is not a JSON object.
 * Sources: https://platform.openai.com/docs/api-reference/images-streaming,
 * https://platform.openai.com/docs/api-reference/audio (stream events); vLLM's `transcription.chunk`, which ends with
 * `[DONE]`
 */
export function readMediaEvent(data: string): MediaEvent {
  if (data === '[DONE]') return { position: 'end', usage: undefined, error: undefined }
  const bytes = Buffer.from(data)
  const members = scanObject(bytes, MAX_DEPTH)
  const find = (key: string) => members.find((member) => member.key === key && member.type !== 'null')
  const name = nameOf(bytes, find('type')) ?? nameOf(bytes, find('object')) ?? ''
  const usage = find('usage')
  const isError = name === 'error' || find('error') !== undefined
  return {
    position: END.test(name) ? 'end' : PART.test(name) ? 'part' : 'unknown',
    usage: usage && readUsage(textOf(bytes, usage.start, usage.end)),
    error: isError ? decodeError(data) : undefined,
  }
}

const nameOf = (bytes: Uint8Array, member: JsonMember | undefined): string | undefined =>
  member?.type === 'string' ? readString(bytes, member) : undefined
