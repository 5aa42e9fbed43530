import type { ChatRequest, Message, OutputFormat, ReasoningControl, ToolChoice } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts } from '../format.ts'
import { decodeMessages } from '../openai-shared/decode-messages.ts'
import { decodeTools } from '../openai-shared/decode-tools.ts'
import { withOriginal } from '../fields/originals.ts'
import { NAME } from './name.ts'

/**
 * Decodes a request of Cohere's v2 chat API. Its messages and tools have the same form as those of Chat Completions and
 * are decoded by the same functions; a plan before tool calls is text. Throws GatewayError `invalid_request`, naming
 * the field.
 * Source: https://docs.cohere.com/reference/chat
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const written = fields.list('messages') ?? []
  const stream = fields.boolean('stream')
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: decodeMessages(fields).map((message, index) => withPlan(message, written[index])),
    tools: decodeTools(fields),
    ...defined({
      toolChoice: decodeToolChoice(fields),
      output: decodeOutput(fields),
      reasoning: decodeThinking(fields),
    }),
    sampling: defined({
      temperature: fields.number('temperature'),
      topP: fields.number('p'),
      topK: fields.number('k'),
      seed: fields.number('seed'),
      frequencyPenalty: fields.number('frequency_penalty'),
      presencePenalty: fields.number('presence_penalty'),
      logprobs: fields.boolean('logprobs'),
    }),
    ...defined({ maxOutput: fields.number('max_tokens') }),
    stop: decodeStop(fields),
    stream: facts.stream ?? stream ?? false,
    wantsUsage: true,
    ...fields.extra(),
  }
}

function withPlan(message: Message, written: unknown): Message {
  const { extra: { tool_plan: plan, ...rest } = {}, ...kept } = message
  if (typeof plan !== 'string' || plan === '') return withOriginal({ ...message }, written)
  const parts = [{ type: 'text', text: plan } as const, ...message.parts]
  return withOriginal({ ...kept, parts, ...(Object.keys(rest).length > 0 && { extra: rest }) }, written)
}

function decodeToolChoice(fields: Fields): ToolChoice | undefined {
  const choice = fields.oneOf('tool_choice', ['REQUIRED', 'NONE'])
  return choice && { type: choice === 'NONE' ? 'none' : 'required' }
}

function decodeOutput(fields: Fields): OutputFormat | undefined {
  const format = fields.object('response_format')
  if (format?.oneOf('type', ['text', 'json_object']) !== 'json_object') return format && { type: 'text' }
  const schema = format.record('json_schema') ?? format.record('schema')
  return schema ? { type: 'json-schema', schema } : { type: 'json' }
}

function decodeThinking(fields: Fields): ReasoningControl | undefined {
  const thinking = fields.object('thinking')
  if (!thinking) return undefined
  const type = thinking.oneOf('type', ['enabled', 'disabled'])
  return { mode: type === 'disabled' ? 'off' : 'on', ...defined({ budgetTokens: thinking.number('token_budget') }) }
}

function decodeStop(fields: Fields): readonly string[] {
  const stop = fields.list('stop_sequences') ?? []
  if (stop.every((sequence) => typeof sequence === 'string')) return stop as readonly string[]
  throw fields.wrong('stop_sequences', 'must be a list of strings')
}
