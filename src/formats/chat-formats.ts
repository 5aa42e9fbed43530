import { anthropic } from './anthropic/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { bedrockCount, bedrockInvoke } from './bedrock-invoke/index.ts'
import { cohere } from './cohere/index.ts'
import type { ChatFormat, ClientFormat } from './format.ts'
import { gemini, geminiList } from './gemini/index.ts'
import { ollama, ollamaGenerate } from './ollama/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiCompletions } from './openai-completions/index.ts'
import { openaiResponses } from './openai-responses/index.ts'

const FORMATS: ReadonlyMap<string, ChatFormat> = new Map<string, ChatFormat>([
  ['openai-chat', openaiChat],
  ['openai-responses', openaiResponses],
  ['anthropic', anthropic],
  ['vertex-anthropic', anthropic],
  ['gemini', gemini],
  ['gemini-list', geminiList],
  ['bedrock-converse', bedrockConverse],
  ['bedrock-invoke', bedrockInvoke],
  ['bedrock-count', bedrockCount],
  ['cohere', cohere],
  ['ollama', ollama],
  ['ollama-generate', ollamaGenerate],
])

/** The translation functions of a chat format; undefined for a format that is only forwarded. */
export const chatFormat = (name: string): ChatFormat | undefined => FORMATS.get(name)

/** The functions for clients of an API, by the name of the API. */
export const clientFormat = (name: string): ClientFormat | undefined =>
  name === 'openai-completions' ? openaiCompletions : FORMATS.get(name)

/** The formats that can be translated into each other. */
export const chatFormatNames: readonly string[] = [...new Set([...FORMATS.values()].map(({ name }) => name))]
