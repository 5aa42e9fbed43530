import type { ChatRequest, OutputFormat, ReasoningControl, Tool, ToolChoice } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts } from '../format.ts'
import { decodeTools } from '../openai-shared/decode-tools.ts'
import { decodeMessages } from './decode-messages.ts'
import { decodeDocuments } from './documents.ts'
import { NAME } from './name.ts'

/**
 * Decodes a request of Cohere's v2 chat API. Documents and options of citations stay extra fields. Throws GatewayError
 * `invalid_request`, naming the field.
 * Source: https://docs.cohere.com/reference/chat
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const stream = fields.boolean('stream')
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: decodeMessages(fields),
    tools: decodeOwnTools(fields),
    ...defined({
      toolChoice: decodeToolChoice(fields),
      output: decodeOutput(fields),
      reasoning: decodeThinking(fields),
    }),
    sampling: defined({
      temperature: fields.number('temperature'),
      topP: fields.number('p'),
      topK: fields.number('k') || undefined, // 0: not limited
      seed: fields.number('seed'),
      frequencyPenalty: fields.number('frequency_penalty'),
      presencePenalty: fields.number('presence_penalty'),
      logprobs: fields.boolean('logprobs'),
    }),
    ...defined({ maxOutput: fields.number('max_tokens') }),
    stop: decodeStop(fields),
    stream: facts.stream ?? stream ?? false,
    wantsUsage: true,
    ...fields.extra({ documents: decodeDocuments(fields) }),
  }
}

/** `strict_tools` makes every tool strict. */
function decodeOwnTools(fields: Fields): Tool[] {
  const isStrict = fields.boolean('strict_tools') ?? false
  return decodeTools(fields).map((tool) => asOwn(tool, isStrict))
}

function asOwn(tool: Tool, isStrict: boolean): Tool {
  if (tool.type === 'native') return { ...tool, format: NAME }
  return isStrict ? { ...tool, strict: true } : tool
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
