import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'
import { readResponse } from '../../formats/openai-passthrough/read-response.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Usage } from '../../chat/usage.ts'
import { EVENT_STREAMS } from '../transcode/transcoder.ts'
import { readJson } from '../transcode/read-json.ts'
import { StreamObserver } from '../transcode/stream-observer.ts'

/** Reads the usage of a response while it is forwarded. It ignores what it cannot read, and never throws. */
export interface UsageReader {
  push(chunk: Uint8Array): void
  end(): void
  readonly usage: Usage | undefined
}

/** A larger response is not kept in memory to read its usage. */
const MAX_BYTES = 8 * 1024 * 1024

/** The usage reader for a content type at a path with this API; undefined if the format is unknown. */
export function usageReader(api: Api, contentType: string): UsageReader | undefined {
  const isJson = /^application\/json\b/i.test(contentType)
  const format = api.operation === 'chat' ? chatFormat(api.format) : undefined
  if (format && (format.streamContent ?? EVENT_STREAMS).test(contentType)) return streamReader(format)
  return isJson ? wholeReader((bytes) => (format ? usageIn(format, bytes) : usageOf(bytes))) : undefined
}

function wholeReader(read: (bytes: Uint8Array) => Usage | undefined): UsageReader {
  let chunks: Uint8Array[] = []
  let bytes = 0
  let usage: Usage | undefined
  return {
    push(chunk) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) chunks = []
      else chunks.push(chunk)
    },
    end() {
      if (bytes <= MAX_BYTES) usage = tryRead(() => read(Buffer.concat(chunks)))
    },
    get usage() {
      return usage
    },
  }
}

function streamReader(format: ChatFormat): UsageReader {
  const frames = format.createFrames()
  const observer = new StreamObserver(format.createDecoder())
  let isUnreadable = false
  return {
    push(chunk) {
      if (isUnreadable || observer.failure) return
      isUnreadable = tryRead(() => observer.read(frames.push(chunk))) === undefined
    },
    end() {
      if (!isUnreadable && !observer.failure) tryRead(() => observer.read(frames.end()))
    },
    get usage() {
      return observer.usage
    },
  }
}

const usageIn = (format: ChatFormat, bytes: Uint8Array): Usage | undefined =>
  format.decodeResponse(readJson(bytes, format.decodeError)).usage

function usageOf(bytes: Uint8Array): Usage | undefined {
  const answer = readResponse(bytes)
  return answer.type === 'answer' ? answer.usage : undefined
}

function tryRead<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
