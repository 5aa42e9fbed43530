// The content of a chat stream so far, kept so that another server can resume it.
import { eventData } from '../../codecs/framing/events.ts'

interface Delta {
  readonly role?: unknown
  readonly content?: unknown
}

interface Chunk {
  readonly id?: unknown
  readonly created?: unknown
  readonly model?: unknown
  readonly choices?: readonly {
    readonly index?: unknown
    readonly delta?: Delta
    readonly finish_reason?: unknown
    readonly logprobs?: unknown
  }[]
}

/** Fields of every chunk that must not change within a stream. */
export interface StreamIdentity {
  readonly id: unknown
  readonly created: unknown
  readonly model: unknown
}

/** Chunks are parsed when this many bytes are waiting. Most streams end before and are never parsed. */
const PARSE_AT_BYTES = 16 * 1024

/** Characters. It bounds the memory of an endless stream; no context window is that long. */
const MAX_TEXT = 4 * 1024 * 1024

const TEXT_FIELDS: ReadonlySet<string> = new Set(['role', 'content'])

/** Collects the events of a chat stream with one choice. */
export class StreamFold {
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #text = ''
  #tokens = 0
  #identity: StreamIdentity | undefined
  #isPlain = true
  #hasFinished = false

  push(events: Uint8Array): void {
    this.#waiting.push(events)
    this.#waitingBytes += events.length
    if (this.#waitingBytes >= PARSE_AT_BYTES) this.#read()
  }

  /** All text so far. */
  get text(): string {
    this.#read()
    return this.#text
  }

  /** Chunks that carried text; inference servers send one for each token. */
  get tokens(): number {
    this.#read()
    return this.#tokens
  }

  get identity(): StreamIdentity | undefined {
    this.#read()
    return this.#identity
  }

  /** Only text of one choice has arrived, without tool calls, reasoning or log probabilities, so `text` is complete. */
  get isPlain(): boolean {
    this.#read()
    return this.#isPlain
  }

  get hasFinished(): boolean {
    this.#read()
    return this.#hasFinished
  }

  #read(): void {
    if (this.#waitingBytes === 0) return
    const data = eventData(Buffer.concat(this.#waiting).toString())
    this.#waiting = []
    this.#waitingBytes = 0
    // Appended token by token, the runtime would keep each as a separate string: ten times the memory of the text.
    const texts: string[] = []
    for (const text of data) if (this.#isPlain && text.startsWith('{')) this.#readText(text, texts)
    this.#text += texts.join('')
    if (this.#text.length > MAX_TEXT) this.#isPlain = false
    if (!this.#isPlain) this.#text = '' // it will not be used
  }

  /** Invalid chunks are forwarded to the client unchanged, but the stream cannot be resumed after them. */
  #readText(text: string, texts: string[]): void {
    try {
      this.#readChunk(JSON.parse(text) as Chunk, texts)
    } catch {
      this.#isPlain = false
    }
  }

  #readChunk(chunk: Chunk, texts: string[]): void {
    this.#identity ??= { id: chunk.id, created: chunk.created, model: chunk.model }
    for (const { index, delta = {}, finish_reason, logprobs } of chunk.choices ?? []) {
      const others = Object.entries(delta).some(([field, value]) => !TEXT_FIELDS.has(field) && isSomething(value))
      if (others || index !== 0 || isSomething(logprobs)) this.#isPlain = false
      if (typeof delta.content === 'string' && delta.content !== '') {
        texts.push(delta.content)
        this.#tokens++
      }
      if (typeof finish_reason === 'string') this.#hasFinished = true
    }
  }
}

/** Servers write empty fields as null or as an empty list. */
const isSomething = (value: unknown): boolean =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)
