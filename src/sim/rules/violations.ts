// What the real providers refuse, as pure rules: a judge of the requests that a gateway sends.
import { type Fields, isFields } from '../wire/fields.ts'
import { checkAnthropic } from './anthropic.ts'
import { checkConverse } from './bedrock-converse.ts'
import { checkGemini } from './gemini.ts'
import { checkOpenAiChat } from './openai-chat.ts'
import { checkOpenAiResponses } from './openai-responses.ts'
import { checkCohere, checkOllama } from './other-chats.ts'
import type { Report } from './report.ts'
import { checkSelfHostedChat } from './self-hosted-chat.ts'

type Check = (report: Report, body: Fields, model: string) => void

/** By API format. `self-hosted-chat` is Chat Completions in front of a chat template that takes one leading system message. */
const CHECKS = {
  'openai-chat': checkOpenAiChat,
  'self-hosted-chat': checkSelfHostedChat,
  'openai-responses': checkOpenAiResponses,
  anthropic: checkAnthropic,
  gemini: checkGemini,
  'bedrock-converse': checkConverse,
  cohere: checkCohere,
  ollama: checkOllama,
} satisfies Readonly<Record<string, Check>>

export type RulesName = keyof typeof CHECKS

export const RULES = Object.keys(CHECKS) as readonly RulesName[]

/**
 * What a provider would refuse of a request body, each as `place: problem`; empty if it takes the request. Never throws.
 * `model`: the model where the path names it (Gemini, Converse); some rules hold for some models only.
 */
export function violations(rules: RulesName, body: unknown, model = ''): readonly string[] {
  if (!isFields(body)) return ['body: must be an object']
  const found: string[] = []
  CHECKS[rules]((place, problem) => void found.push(`${place}: ${problem}`), body, model)
  return found
}
