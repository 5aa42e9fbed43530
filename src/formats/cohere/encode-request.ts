import type { ChatRequest, OutputFormat } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { noteExtras } from '../translation/extras.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { encodeFunction, mustCall, noteUnsupported, callableFunctions } from '../openai-shared/simple-controls.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import { encodeMessages } from './encode-messages.ts'
import { LABEL, NAME } from './name.ts'

const LACKING = [
  'minP',
  'logitBias',
  'topLogprobs',
  'logprobs',
  'user',
  'metadata',
  'tier',
  'verbosity',
  'store',
  'cacheKey',
] as const satisfies readonly Field[]

/**
 * Encodes a request of Cohere's v2 chat API. Throws GatewayError `unsupported_parameter` for fields that it cannot
 * express, `invalid_request` for calls without results. Source: https://docs.cohere.com/reference/chat
 */
export function encodeRequest(request: ChatRequest, target: Target, losses: Losses): unknown {
  const isOwn = request.format === NAME
  if (!isOwn) {
    noteExtras(request, LABEL, losses)
    noteUnsupported(request, LACKING, LABEL, losses)
    if (request.parallelTools === false)
      losses.note(fieldName(request, 'parallelTools'), `removed: ${LABEL} has no such field`)
  }
  return {
    model: target.model,
    messages: encodeMessages(request, losses),
    ...encodeTools(request, losses),
    ...encodeSampling(request, losses),
    ...defined({
      max_tokens: request.maxOutput,
      response_format: request.output && encodeOutput(request.output),
      thinking: encodeThinking(request),
      logprobs: isOwn ? request.sampling.logprobs : undefined,
      stop_sequences: request.stop.length > 0 ? request.stop : undefined,
    }),
    stream: request.stream,
    ...(isOwn && request.extra),
  }
}

/** A choice cannot name one tool, so only that tool is sent. */
function encodeTools(request: ChatRequest, losses: Losses): object {
  const tools = callableFunctions(request, LABEL)
  if (tools.length === 0) {
    if (request.toolChoice) losses.note(fieldName(request, 'toolChoice'), 'removed: there are no tools')
    return {}
  }
  const isStrict = tools.some(({ strict }) => strict)
  return {
    tools: tools.map(encodeFunction),
    ...(mustCall(request) && { tool_choice: 'REQUIRED' }),
    ...(request.toolChoice?.type === 'none' && { tool_choice: 'NONE' }),
    ...(isStrict && { strict_tools: true }),
  }
}

/** The allowed range of each parameter. */
const RANGES = { p: [0.01, 0.99], frequency_penalty: [0, 1], presence_penalty: [0, 1] } as const

function encodeSampling(request: ChatRequest, losses: Losses): object {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty } = request.sampling
  const within = (field: Field, name: keyof typeof RANGES, value: number | undefined) => {
    if (value === undefined) return undefined
    const [min, max] = RANGES[name]
    const near = Math.min(max, Math.max(min, value))
    if (near !== value) losses.note(fieldName(request, field), `changed: ${near}, the limit of ${LABEL}`)
    return near
  }
  return defined({
    temperature,
    p: within('topP', 'p', topP),
    k: topK,
    seed,
    frequency_penalty: within('frequencyPenalty', 'frequency_penalty', frequencyPenalty),
    presence_penalty: within('presencePenalty', 'presence_penalty', presencePenalty),
  })
}

function encodeOutput(output: OutputFormat): object {
  if (output.type === 'text') return { type: 'text' }
  return { type: 'json_object', ...(output.type === 'json-schema' && { json_schema: output.schema }) }
}

/** Reasoning is on by default if the model supports it; a request without a control leaves it so. */
function encodeThinking({ reasoning }: ChatRequest): object | undefined {
  if (!reasoning) return undefined
  const { mode, effort, budgetTokens } = reasoning
  if (mode === 'off' || effort === 'none') return { type: 'disabled' }
  return { type: 'enabled', ...defined({ token_budget: budgetTokens }) }
}
