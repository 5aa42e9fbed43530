// A client's request as an upstream receives it, with the losses and with what the strict provider would refuse.
import { APIS } from '../../src/formats/apis/apis.ts'
import type { ApiName } from '../../src/formats/apis/api.ts'
import { chatFormat } from '../../src/formats/chat-formats.ts'
import { encodeFor } from '../../src/formats/encode-for.ts'
import type { Capability } from '../../src/formats/format.ts'
import { fitInstructions } from '../../src/formats/openai-shared/instructions.ts'
import { type Loss, Losses } from '../../src/formats/translation/losses.ts'
import type { ToolNames } from '../../src/formats/translation/tool-names.ts'
import { providerType } from '../../src/providers/index.ts'
import { type RulesName, violations } from '../../src/sim/rules/violations.ts'
import type { JsonObject } from '../../src/codecs/json/object.ts'

/** A model of each upstream format. */
const MODELS = {
  'openai-chat': 'gpt-5.1',
  'openai-responses': 'gpt-5.1',
  anthropic: 'claude-sonnet-4-6',
  gemini: 'gemini-3-pro-preview',
  'bedrock-converse': 'anthropic.claude-sonnet-4-6-v1:0',
  cohere: 'command-a-03-2025',
  ollama: 'llama3.2',
} satisfies Partial<Record<ApiName, string>>

export type Upstream = keyof typeof MODELS

export const upstreams = Object.keys(MODELS) as Upstream[]

/** The formats in which clients send histories. */
export const clients = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'bedrock-converse',
  'cohere',
  'ollama',
] as const

export const others = (client: string): Upstream[] => upstreams.filter((name) => name !== client)

export interface Encoded {
  readonly body: JsonObject
  readonly names: ToolNames
  readonly losses: readonly Loss[]
  readonly violations: readonly string[]
}

export interface Options {
  readonly model?: string
  /** The type of the provider, whose ids and features count. */
  readonly type?: string
  /** The rules of the strict provider, if they are not those of its format. */
  readonly rules?: RulesName
  readonly capabilities?: readonly Capability[]
}

export function encode(client: string, upstream: Upstream, request: object, options: Options = {}): Encoded {
  const { model = MODELS[upstream], rules = upstream, type = '' } = options
  const provider = providerType(type)
  const capabilities = new Set(options.capabilities ?? provider?.capabilities)
  const canonical = chatFormat(client)!.decodeRequest(request, { model: 'm', stream: false })
  const losses = new Losses()
  const target = { model, baseModel: model, capabilities }
  const { body, names } = encodeFor(canonical, APIS[upstream], target, provider?.toolIds, losses)
  const encoded = JSON.parse(JSON.stringify(body)) as JsonObject
  const sent = fitInstructions(encoded, upstream, provider?.lacks ?? new Set())
  return { body: sent, names, losses: losses.list, violations: violations(rules as RulesName, sent, model) }
}
