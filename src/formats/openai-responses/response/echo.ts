import type { ChatRequest } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import type { ResponseFacts } from '../../format.ts'
import { encodeOutput } from '../request/encode-request.ts'
import { echoTools, encodeChoice } from '../request/encode-tools.ts'
import { headOf } from '../content/item-head.ts'
import { NAME } from '../name.ts'

/**
 * The request fields that a response repeats: every field that clients' types and the tests of Open Responses require,
 * with the API's defaults for missing ones.
 * Sources: https://platform.openai.com/docs/api-reference/responses/object, https://www.openresponses.org/specification
 */
export function echoOf(
  { request, stored }: ResponseFacts,
  tier: string | undefined,
): Readonly<Record<string, unknown>> {
  const { sampling, reasoning } = request
  const extra = (request.format === NAME && request.extra) || {}
  return {
    background: false,
    frequency_penalty: sampling.frequencyPenalty ?? 0,
    instructions: instructionsOf(request) ?? null,
    max_output_tokens: request.maxOutput ?? null,
    max_tool_calls: extra['max_tool_calls'] ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallelTools ?? true,
    presence_penalty: sampling.presencePenalty ?? 0,
    previous_response_id: stored?.previousId ?? null,
    prompt_cache_key: request.cacheKey ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: request.user ?? null,
    service_tier: tier !== undefined && TIERS.has(tier) ? tier : 'default',
    store: stored !== undefined,
    temperature: sampling.temperature ?? 1,
    text: defined({ format: encodeOutput(request.output ?? { type: 'text' }), verbosity: request.verbosity }),
    tool_choice: request.toolChoice ? echoChoice(request) : 'auto',
    tools: echoTools(request),
    top_logprobs: sampling.topLogprobs ?? 0,
    top_p: sampling.topP ?? 1,
    truncation: extra['truncation'] ?? 'disabled',
    user: null,
  }
}

/** Other providers have other values, which clients of this format do not know: Groq's `on_demand`. */
const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast'])

const instructionsOf = ({ messages }: ChatRequest): unknown =>
  messages
    .map((message) => headOf(message)?.instructions)
    .find((instructions) => (instructions ?? undefined) !== undefined)

/** A native choice of another format is not repeated. */
const echoChoice = ({ toolChoice }: ChatRequest): unknown =>
  toolChoice!.type === 'native' && toolChoice!.format !== NAME ? 'auto' : encodeChoice(toolChoice!)
