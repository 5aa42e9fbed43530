import type { ChatRequest, OutputFormat } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { noteExtras } from '../translation/extras.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { encodeFunction, mustCall, noteUnsupported, callableFunctions } from '../openai-shared/simple-controls.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import { encodeMessages } from './encode-messages.ts'
import { LABEL, NAME } from './name.ts'

const LACKING = [
  'logitBias',
  'user',
  'metadata',
  'tier',
  'verbosity',
  'store',
  'cacheKey',
] as const satisfies readonly Field[]

/**
 * Encodes a request of Ollama's own chat API. Throws GatewayError `unsupported_parameter` for what it cannot express (a
 * required tool call, an image by URL), `invalid_request` for calls without results. Source:
 * https://docs.ollama.com/api/chat
 */
export function encodeRequest(request: ChatRequest, target: Target, losses: Losses): unknown {
  const isOwn = request.format === NAME
  if (!isOwn) {
    noteExtras(request, LABEL, losses)
    noteUnsupported(request, LACKING, LABEL, losses)
    if (request.parallelTools === false)
      losses.note(fieldName(request, 'parallelTools'), `removed: ${LABEL} has no such field`)
  }
  const { options: more, ...extra } = (isOwn && request.extra) || {}
  const options = { ...encodeOptions(request), ...(more as object | undefined) }
  return {
    model: target.model,
    messages: encodeMessages(request, losses),
    ...encodeTools(request),
    ...defined({
      format: request.output && encodeOutput(request.output),
      think: encodeThink(request, target, losses),
      options: Object.keys(options).length > 0 ? options : undefined,
      logprobs: request.sampling.logprobs,
      top_logprobs: request.sampling.topLogprobs,
    }),
    stream: request.stream,
    ...extra,
  }
}

function encodeTools(request: ChatRequest): object {
  const tools = callableFunctions(request, LABEL)
  if (tools.length > 0 && mustCall(request))
    throw unsupported(fieldName(request, 'toolChoice'), `${LABEL} cannot be forced to call a tool`)
  return tools.length === 0 || request.toolChoice?.type === 'none' ? {} : { tools: tools.map(encodeFunction) }
}

const encodeOptions = ({ sampling, maxOutput, stop }: ChatRequest): object =>
  defined({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    num_predict: maxOutput,
    stop: stop.length > 0 ? stop : undefined,
  })

const encodeOutput = (output: OutputFormat): unknown =>
  output.type === 'json-schema' ? output.schema : output.type === 'json' ? 'json' : undefined

/** Only gpt-oss has levels; for other models reasoning is on or off. */
function encodeThink(request: ChatRequest, { baseModel }: Target, losses: Losses): unknown {
  const { reasoning } = request
  if (!reasoning) return undefined
  const { mode, effort, budgetTokens } = reasoning
  if (mode === 'off' || effort === 'none') return false
  if (budgetTokens !== undefined)
    losses.note(`${fieldName(request, 'reasoning')}.budget`, `removed: ${LABEL} has no reasoning budget`)
  if (request.format !== NAME && !/gpt-oss/i.test(baseModel)) return true
  return effort === undefined ? true : (LEVELS[effort] ?? 'high')
}

const LEVELS: Readonly<Record<string, string>> = { minimal: 'low', low: 'low', medium: 'medium' }
