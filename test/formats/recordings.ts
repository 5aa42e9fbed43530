// Recorded responses of real servers and requests of real clients, by API format.
import { type Fixture, type FixtureEntry, fixtures, loadFixture, streamBytes } from '../shared.ts'
import type { ChatEvent } from '../../src/chat/event.ts'
import { fold } from '../../src/chat/fold.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { unfold } from '../../src/chat/unfold.ts'
import { isRecord } from '../../src/formats/fields/fields.ts'
import { eventsOf } from '../stream-events.ts'
import { testedFormat } from './tested-formats.ts'

const CHAT_APIS = /^(?:openai-chat|azure-chat|groq|deepseek|mistral|xai|openrouter|vllm|tgi|ollama|other)$/

/** Which recordings belong to a format. */
const BELONGS_TO: Readonly<Record<string, (entry: FixtureEntry) => boolean>> = {
  'openai-chat': ({ api, operation }) => CHAT_APIS.test(api) && operation === 'chat',
  'openai-responses': ({ operation }) => operation === 'responses',
  anthropic: ({ api, operation }) => /^(?:anthropic-messages|vertex-claude)$/.test(api) && operation === 'messages',
  gemini: ({ api, operation }) => /^(?:vertex-)?gemini$/.test(api) && operation === 'generateContent',
  cohere: ({ api, operation }) => api === 'cohere' && operation === 'native-chat',
  ollama: ({ api, operation }) => api === 'ollama' && operation === 'native-chat',
  // Two of its streams were recorded without their binary frames.
  'bedrock-converse': ({ api, framing }) => api === 'bedrock-converse' && framing !== 'none',
}

/** Recordings that are not one response (cut in the middle of a tool call, several in a row), or of an older API of the vendor. */
const EXCLUDED = new Set([
  'tgi/chat-stream-tool-call-meta-llama-llama-3-1-8b-inst.json',
  'openai-responses/stream-parallel-tools-thinking-gpt-5-1-codex-max.json',
  'cohere/native-text-command-r.json',
  'ollama/native-text-llama3-2.json',
  'ollama/native-text-llama3-3.json',
])

export interface Recorded {
  readonly file: string
  readonly fixture: Fixture
}

/** All recordings of a format, read once. */
const all = new Map<string, readonly (Recorded & { readonly entry: FixtureEntry })[]>()

function recordedIn(name: string) {
  const known = all.get(name)
  if (known) return known
  const read = fixtures((entry) => BELONGS_TO[name]?.(entry) === true && !EXCLUDED.has(entry.file)).map((entry) => ({
    file: entry.file,
    entry,
    fixture: loadFixture(entry),
  }))
  all.set(name, read)
  return read
}

export interface RecordedResponse extends Recorded {
  /** The bytes of a stream; undefined for a whole response. */
  readonly bytes: Buffer | undefined
}

export const recordedResponses = (name: string): readonly RecordedResponse[] =>
  recordedIn(name).flatMap(({ file, entry, fixture }) => {
    const bytes = bytesIn(fixture)
    if (entry.status >= 400 || (entry.framing !== null && !bytes)) return []
    return bytes || isRecord(fixture.response.body) ? [{ file, fixture, bytes }] : []
  })

const bytesIn = (fixture: Fixture): Buffer | undefined =>
  fixture.response.base64 ? Buffer.from(fixture.response.base64, 'base64') : streamBytes(fixture)

export interface RecordedRequest extends Recorded {
  readonly body: Readonly<Record<string, unknown>>
}

export const recordedRequests = (name: string): readonly RecordedRequest[] =>
  recordedIn(name).flatMap(({ file, fixture }) => {
    const body = fixture.request?.body
    return isRecord(body) && Object.keys(body).length > 0 ? [{ file, fixture, body }] : []
  })

/** A recorded response as canonical events. */
export const eventsIn = (name: string, { bytes, fixture }: RecordedResponse): readonly ChatEvent[] =>
  bytes
    ? eventsOf(testedFormat(name).format, [bytes])
    : [...unfold(testedFormat(name).format.decodeResponse(fixture.response.body))]

export const responseIn = (name: string, answer: RecordedResponse): ChatResponse =>
  answer.bytes
    ? fold(eventsIn(name, answer), name)
    : testedFormat(name).format.decodeResponse(answer.fixture.response.body)
