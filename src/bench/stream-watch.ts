// Classifies the events of a stream in any API format that a client can request: content, end or error.
import type { JsonObject } from '../codecs/json/object.ts'

export interface StreamProgress {
  /** Events that carried content: text, reasoning, a piece of a tool call. */
  chunks: number
  /** The stream has had a finish reason or its end marker. */
  finished: boolean
  /** The data of the first error event. */
  error: string | undefined
}

interface EventMeaning {
  readonly content?: boolean
  readonly finished?: boolean
  readonly error?: boolean
}

/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from bytes as they come. */
export class StreamWatch {
  readonly progress: StreamProgress = { chunks: 0, finished: false, error: undefined }
  private rest: Uint8Array = new Uint8Array(0)
  private data = ''

  /** Returns how many events with content these bytes completed. */
  feed(bytes: Uint8Array): number {
    const before = this.progress.chunks
    // No byte of a longer UTF-8 sequence is a line feed, so everything up to the last one can be decoded.
    const end = bytes.lastIndexOf(10)
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    if (end === -1) {
      this.rest = all
      return 0
    }
    const cut = all.length - bytes.length + end
    this.rest = all.subarray(cut + 1)
    for (const line of decoder.decode(all.subarray(0, cut)).split('\n')) this.readLine(line)
    return this.progress.chunks - before
  }

  private readLine(raw: string): void {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith('data:')) this.data += this.data === '' ? line.slice(5).trimStart() : `\n${line.slice(5)}`
    if (line !== '' || this.data === '') return
    this.readEvent(this.data)
    this.data = ''
  }

  private readEvent(data: string): void {
    const meaning = meaningOf(data)
    if (meaning.content) this.progress.chunks++
    if (meaning.finished) this.progress.finished = true
    if (meaning.error) this.progress.error ??= data.slice(0, 300)
  }
}

const decoder = new TextDecoder()

function meaningOf(data: string): EventMeaning {
  if (data === '[DONE]') return { finished: true }
  const event = parseObject(data)
  if (event === undefined) return {}
  if (event.error) return { error: true }
  if (Array.isArray(event.choices)) return choiceMeaning(asObject(event.choices[0]))
  if (Array.isArray(event.candidates)) return candidateMeaning(asObject(event.candidates[0]))
  return typeof event.type === 'string' ? typedMeaning(event.type) : {}
}

/** Chat completions and completions: https://platform.openai.com/docs/api-reference/chat-streaming */
function choiceMeaning(choice: JsonObject): EventMeaning {
  const delta = asObject(choice.delta)
  const texts = [delta.content, delta.reasoning_content, delta.reasoning, delta.refusal, choice.text]
  const content = texts.some((text) => typeof text === 'string' && text !== '') || Array.isArray(delta.tool_calls)
  return { content, finished: typeof choice.finish_reason === 'string' }
}

/** Gemini: https://ai.google.dev/api/generate-content */
function candidateMeaning(candidate: JsonObject): EventMeaning {
  const parts = asObject(candidate.content).parts
  return { content: Array.isArray(parts) && parts.length > 0, finished: typeof candidate.finishReason === 'string' }
}

/** Anthropic messages and OpenAI responses name each event in its `type`. */
function typedMeaning(type: string): EventMeaning {
  if (type === 'error' || type === 'response.failed') return { error: true }
  if (type === 'message_stop' || type === 'response.completed' || type === 'response.incomplete')
    return { finished: true }
  return { content: type === 'content_block_delta' || type.endsWith('.delta') }
}

const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

function parseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}
