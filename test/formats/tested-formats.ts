// Every registered chat format that can be translated, for the tests of this folder.
import type { Extra } from '../../src/chat/part.ts'
import type { ChatRequest } from '../../src/chat/request.ts'
import { chatFormat, chatFormatNames } from '../../src/formats/chat-formats.ts'
import type { ResponseFacts, ChatFormat, Target } from '../../src/formats/format.ts'
import type { Frame } from '../../src/codecs/framing/frame.ts'

export interface TestedFormat {
  readonly format: ChatFormat
  /** One sentence for each violation of the format by a stream. */
  readonly checkStream: (frames: readonly Frame[]) => string[]
}

/** The folder with the name of a format contains its grammar. */
async function loadFormat(name: string): Promise<TestedFormat> {
  const { checkStream } = (await import(`../../src/formats/${name}/grammar.ts`)) as Pick<TestedFormat, 'checkStream'>
  return { format: chatFormat(name)!, checkStream: (frames) => checkStream(frames) }
}

export const testedFormats: readonly TestedFormat[] = await Promise.all(chatFormatNames.map(loadFormat))

export const formatNames = chatFormatNames

/** The formats that clients use. */
export const clientFormatNames = chatFormatNames

/** Every pair of different formats: that of the client and that of the upstream. */
export const pairs: readonly (readonly [client: string, upstream: string])[] = clientFormatNames.flatMap((client) =>
  chatFormatNames.filter((upstream) => upstream !== client).map((upstream) => [client, upstream] as const),
)

export const testedFormat = (name: string): TestedFormat => testedFormats.find(({ format }) => format.name === name)!

/** A model of each format that supports most parameters. */
const MODELS: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-4-6',
  'bedrock-converse': 'anthropic.claude-sonnet-4-6-v1:0',
  gemini: 'gemini-3-pro-preview',
}

export function targetOf(name: string): Target {
  const model = MODELS[name] ?? 'gpt-5.1'
  return { model, baseModel: model, capabilities: new Set() }
}

/** The bytes of an encoder's text. A binary format has one character per byte. */
export const bytesOf = (format: ChatFormat, text: string): Buffer =>
  Buffer.from(text, 'isBinary' in format ? 'latin1' : 'utf8')

/** The facts of a request for one response with all details in the stream. */
export const answerFacts = (format: string): ResponseFacts => ({
  request: { ...MINIMAL_REQUEST, format, extra: EXTRA_FIELDS[format] ?? {} },
  id: 'abc123',
  created: 1_700_000_000,
  model: undefined,
})

/** Fields of one format that a client must set to receive everything. */
const EXTRA_FIELDS: Readonly<Record<string, Extra>> = {
  'openai-responses': { include: ['reasoning.encrypted_content'] },
}

const MINIMAL_REQUEST: ChatRequest = {
  format: 'openai-chat',
  model: 'the-model',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello.' }] }],
  tools: [],
  sampling: {},
  stop: [],
  stream: true,
  wantsUsage: true,
}
