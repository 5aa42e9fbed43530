// Every language of chat that can be translated, as the tests of this folder go through them. One that is registered is here.
import type { Extra } from '../../src/chat/part.ts'
import type { ChatRequest } from '../../src/chat/request.ts'
import { chatFormat, chatFormatNames } from '../../src/formats/chat-formats.ts'
import type { AnswerFacts, ChatFormat, Target } from '../../src/formats/format.ts'
import type { Frame } from '../../src/codecs/framing/frame.ts'

export interface Language {
  readonly format: ChatFormat
  /** What is wrong with a stream of it, in words. */
  readonly checkStream: (frames: readonly Frame[]) => string[]
}

/** A folder that bears the name of its language has its grammar, too. */
async function languageOf(name: string): Promise<Language> {
  const { checkStream } = (await import(`../../src/formats/${name}/grammar.ts`)) as Pick<Language, 'checkStream'>
  return { format: chatFormat(name)!, checkStream: (frames) => checkStream(frames) }
}

export const languages: readonly Language[] = await Promise.all(chatFormatNames.map(languageOf))

export const languageNames = chatFormatNames

/** Languages in which nobody asks us: our answers in them are for the simulator alone, which needs no more than a few words. */
const NOT_ASKED_IN = new Set(['cohere', 'ollama'])

/** Languages whose answers say all that there is to say. */
export const clientNames = chatFormatNames.filter((name) => !NOT_ASKED_IN.has(name))

/** Two different languages, in every order: who asks, and who answers. */
export const pairs: readonly (readonly [client: string, upstream: string])[] = clientNames.flatMap((client) =>
  chatFormatNames.filter((upstream) => upstream !== client).map((upstream) => [client, upstream] as const),
)

export const language = (name: string): Language => languages.find(({ format }) => format.name === name)!

/** A model of each language that takes most of what can be asked for. */
const MODELS: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-4-6',
  'bedrock-converse': 'anthropic.claude-sonnet-4-6-v1:0',
  gemini: 'gemini-3-pro-preview',
}

export function targetOf(name: string): Target {
  const model = MODELS[name] ?? 'gpt-5.1'
  return { model, baseModel: model, capabilities: new Set() }
}

/** The bytes of what an encoder wrote; a binary language writes each byte as one character. */
export const bytesOf = (format: ChatFormat, text: string): Buffer =>
  Buffer.from(text, 'isBinary' in format ? 'latin1' : 'utf8')

/** Whoever asks for one answer and for all that a stream can tell of it. */
export const anybody = (format: string): AnswerFacts => ({
  request: { ...NOTHING, format, extra: ASKING[format] ?? {} },
  id: 'abc123',
  created: 1_700_000_000,
  model: undefined,
})

/** What a client has to ask for in words of its language only, to be told all. */
const ASKING: Readonly<Record<string, Extra>> = { 'openai-responses': { include: ['reasoning.encrypted_content'] } }

const NOTHING: ChatRequest = {
  format: 'openai-chat',
  model: 'the-model',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello.' }] }],
  tools: [],
  sampling: {},
  stop: [],
  stream: true,
  wantsUsage: true,
}
