import type { ChatRequest, OutputFormat } from '../../../chat/request.ts'
import { noteExtras, withExtra } from '../../translation/extras.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { fieldName } from '../../fields/field-names.ts'
import { encodeCache } from '../content/cache.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeOwnMessages } from './own-messages.ts'
import { encodeStop, encodeTier, noteUnsupported } from './encode-sampling.ts'
import { encodeMaxTokens, encodeSampling } from '../../claude/sampling.ts'
import { encodeOwnThinking, encodeThinking, type Thinking } from '../../claude/thinking.ts'
import { encodeToolChoice, encodeTools } from './encode-tools.ts'
import { strictOutput } from '../../claude/strict-schema.ts'
import { isForced } from '../../claude/forced-tool.ts'
import { claudeModel, type ClaudeModel } from '../../claude/models.ts'
import { ANTHROPIC } from '../../claude/name.ts'

/**
 * The body of a Messages request. A request in the Anthropic format is written unchanged, except for reasoning of other
 * providers (`encodeReasoning`). For clouds that do not take the model in the body (Vertex, Bedrock), later code
 * removes it.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export const encodeRequest = (request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> =>
  request.format === ANTHROPIC ? encodeOwn(request, target, losses) : encodeTranslated(request, target, losses)

function encodeOwn(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const { sampling, stop, tier } = request
  const { system, messages, lostThinking } = encodeOwnMessages(request, losses)
  const thinking = lostThinking ? withoutThinking(request, losses) : request
  const body = {
    ...common(request, target, losses, encodeOwnThinking(thinking)),
    max_tokens: request.maxOutput ?? claudeModel(target.baseModel).maxOutput,
    system,
    messages,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    stop_sequences: stop.length > 0 ? stop : undefined,
    ...(tier !== undefined && encodeTier(request, losses)),
  }
  return withExtra(body, request.extra) as Record<string, unknown>
}

/** With a thinking budget, Claude requires its own reasoning before the tool calls that it has not finished with. */
function withoutThinking(request: ChatRequest, losses: Losses): ChatRequest {
  const { mode, budgetTokens: _, summary: __, ...reasoning } = request.reasoning ?? {}
  if (mode !== 'on') return request
  losses.note('thinking', 'removed: Claude cannot think without the signed reasoning of the previous tool calls')
  return { ...request, reasoning }
}

function encodeTranslated(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const model = claudeModel(target.baseModel)
  noteExtras(request, 'Anthropic', losses)
  noteUnsupported(request, losses)
  const maxTokens = encodeMaxTokens(request, model, target.baseModel, losses)
  const { system, messages, obstacle } = encodeMessages(
    request,
    model.takesPrefill || target.capabilities.has('prefill'),
    losses,
  )
  const thinking = encodeThinking(request, model, maxTokens, obstacleTo(request, model, obstacle), losses)
  const output = encodeOutput(request, model, losses)
  return {
    ...common(request, target, losses, thinking, output.schema),
    max_tokens: maxTokens,
    system: output.instruction ? [...(system ?? []), output.instruction] : system,
    messages,
    ...encodeSampling(request, model, thinking.isOn, losses),
    stop_sequences: encodeStop(request, losses),
    ...encodeTier(request, losses),
  }
}

/** A forced tool call excludes thinking. The client relies on the call, so thinking is dropped. */
const obstacleTo = (request: ChatRequest, { thinking }: ClaudeModel, inHistory: string | undefined) =>
  isForced(request) ? 'when a tool call is forced' : thinking === 'manual' ? inHistory : undefined

/** The fields that are written the same for every client format. */
function common(
  request: ChatRequest,
  { model }: Target,
  losses: Losses,
  { thinking, effort }: Thinking,
  schema = request.output?.type === 'json-schema' ? request.output.schema : undefined,
): Record<string, unknown> {
  const { stream, user, cache } = request
  const format = schema && { type: 'json_schema', schema }
  return {
    model,
    stream: stream || undefined,
    tools: encodeTools(request, losses),
    tool_choice: encodeToolChoice(request, losses),
    metadata: user === undefined ? undefined : { user_id: user },
    thinking,
    output_config: effort || format ? { effort, format } : undefined,
    cache_control: encodeCache(cache, 'cache_control', losses),
  }
}

const JSON_ONLY = { type: 'text', text: 'Answer with one JSON object and nothing else.' }

function encodeOutput(
  request: ChatRequest,
  { hasSchemas }: ClaudeModel,
  losses: Losses,
): { schema?: Extract<OutputFormat, { type: 'json-schema' }>['schema']; instruction?: object } {
  const { output } = request
  const field = fieldName(request, 'output')
  if (!output || output.type === 'text') return {}
  if (output.type === 'json') {
    losses.note(field, 'changed: Anthropic lacks a JSON mode, so Sluice adds an instruction to respond with JSON')
    return { instruction: JSON_ONLY }
  }
  if (!hasSchemas) throw unsupported(field, 'this model does not support JSON schemas')
  if (output.description !== undefined) losses.note(`${field}.description`, 'removed: Anthropic has no such field')
  return { schema: strictOutput(output.schema, field, losses) }
}
