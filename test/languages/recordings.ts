// What real servers said, and real clients asked, sorted by the language it is in.
import { type Fixture, type FixtureEntry, fixtures, loadFixture, streamBytes } from '../shared.ts'
import type { ChatEvent } from '../../src/chat/event.ts'
import { fold } from '../../src/chat/fold.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { unfold } from '../../src/chat/unfold.ts'
import { isRecord } from '../../src/formats/fields/fields.ts'
import { eventsOf } from '../stream-events.ts'
import { language } from './languages.ts'

const CHAT_APIS = /^(?:openai-chat|azure-chat|groq|deepseek|mistral|xai|openrouter|vllm|tgi|ollama|other)$/

/** Which recordings are in a language. */
const SPOKEN: Readonly<Record<string, (entry: FixtureEntry) => boolean>> = {
  'openai-chat': ({ api, operation }) => CHAT_APIS.test(api) && operation === 'chat',
  'openai-responses': ({ operation }) => operation === 'responses',
  anthropic: ({ api, operation }) => /^(?:anthropic-messages|vertex-claude)$/.test(api) && operation === 'messages',
  gemini: ({ api, operation }) => /^(?:vertex-)?gemini$/.test(api) && operation === 'generateContent',
  cohere: ({ api, operation }) => api === 'cohere' && operation === 'native-chat',
  ollama: ({ api, operation }) => api === 'ollama' && operation === 'native-chat',
  // Two of its streams were kept without their binary frames.
  'bedrock-converse': ({ api, framing }) => api === 'bedrock-converse' && framing !== 'none',
}

/** Recordings that are no one answer (cut in the middle of a call, several in a row), or of an older API of the same vendor. */
const NOT_ONE = new Set([
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

/** All recordings in a language, read once. */
const all = new Map<string, readonly (Recorded & { readonly entry: FixtureEntry })[]>()

function recordedIn(name: string) {
  const known = all.get(name)
  if (known) return known
  const read = fixtures((entry) => SPOKEN[name]?.(entry) === true && !NOT_ONE.has(entry.file)).map((entry) => ({
    file: entry.file,
    entry,
    fixture: loadFixture(entry),
  }))
  all.set(name, read)
  return read
}

export interface RecordedAnswer extends Recorded {
  /** The bytes of a stream; undefined for an answer that came whole. */
  readonly bytes: Buffer | undefined
}

export const recordedAnswers = (name: string): readonly RecordedAnswer[] =>
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

/** What an upstream said, in the words of the model. */
export const eventsIn = (name: string, { bytes, fixture }: RecordedAnswer): readonly ChatEvent[] =>
  bytes
    ? eventsOf(language(name).format, [bytes])
    : [...unfold(language(name).format.decodeResponse(fixture.response.body))]

export const answerIn = (name: string, answer: RecordedAnswer): ChatResponse =>
  answer.bytes ? fold(eventsIn(name, answer), name) : language(name).format.decodeResponse(answer.fixture.response.body)
