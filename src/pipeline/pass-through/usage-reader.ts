import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'
import { readAnswer } from '../../formats/openai-passthrough/read-answer.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Usage } from '../../chat/usage.ts'
import { EVENT_STREAMS } from '../transcode/transcoder.ts'
import { readJson } from '../transcode/read-json.ts'
import { StreamObserver } from '../transcode/stream-observer.ts'

/** Reads the usage of an answer that passes. What it cannot read is none of its business: it never throws. */
export interface UsageReader {
  push(chunk: Uint8Array): void
  end(): void
  readonly usage: Usage | undefined
}

/** More than this is not kept for the sake of its usage. */
const MOST_BYTES = 8 * 1024 * 1024

/** The reader for an answer of this type at a path of this language; undefined where nothing is known of them. */
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
      if (bytes > MOST_BYTES) chunks = []
      else chunks.push(chunk)
    },
    end() {
      if (bytes <= MOST_BYTES) usage = attempted(() => read(Buffer.concat(chunks)))
    },
    get usage() {
      return usage
    },
  }
}

function streamReader(format: ChatFormat): UsageReader {
  const frames = format.createFrames()
  const reading = new StreamObserver(format.createDecoder())
  let isLost = false
  return {
    push(chunk) {
      if (isLost || reading.failure) return
      isLost = attempted(() => reading.read(frames.push(chunk))) === undefined
    },
    end() {
      if (!isLost && !reading.failure) attempted(() => reading.read(frames.end()))
    },
    get usage() {
      return reading.usage
    },
  }
}

const usageIn = (format: ChatFormat, bytes: Uint8Array): Usage | undefined =>
  format.decodeResponse(readJson(bytes, format.decodeError)).usage

function usageOf(bytes: Uint8Array): Usage | undefined {
  const answer = readAnswer(bytes)
  return answer.type === 'answer' ? answer.usage : undefined
}

function attempted<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
