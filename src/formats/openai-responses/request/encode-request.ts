import type { ChatRequest, OutputFormat } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import { noteExtras, withExtra } from '../../translation/extras.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import type { EncodeContext } from '../../openai-shared/encode-context.ts'
import { fieldName } from '../../fields/field-names.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { reasoningFamily } from '../../openai-shared/models.ts'
import { encodeControls } from './encode-controls.ts'
import { encodeInput } from './encode-input.ts'
import { encodeTools } from './encode-tools.ts'
import { LABEL, NAME } from '../name.ts'

/**
 * Encodes a Responses request. Nothing is stored unless the client requests it, so sealed reasoning is requested for
 * the next turn. The deprecated `user` becomes `safety_identifier`. Throws GatewayError `unsupported_parameter` for
 * fields that this format cannot express, `invalid_request` for calls without results.
 */
export function encodeRequest(request: ChatRequest, target: Target, losses: Losses): unknown {
  const isOwn = request.format === NAME
  const context: EncodeContext = { request, target, losses, isOwn }
  if (!isOwn) noteExtras(request, LABEL, losses)
  rejectUnsupported(request)
  const body = {
    model: target.model,
    ...encodeInput(context),
    ...encodeTools(context),
    ...encodeControls(context),
    ...encodeText(request),
    ...encodeCache(request.cache, 'elsewhere', 'input', context),
    ...defined({
      max_output_tokens: encodeCap(context),
      safety_identifier: request.user,
      metadata: request.metadata,
      service_tier: request.tier,
      store: request.store,
      prompt_cache_key: request.cacheKey,
    }),
    ...(request.stream && { stream: true }),
  }
  return isOwn ? withExtra(body, request.extra) : body
}

function rejectUnsupported(request: ChatRequest): void {
  if (request.stop.length > 0) throw unsupported(fieldName(request, 'stop'), `${LABEL} has no stop sequences`)
  if ((request.sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), `${LABEL} returns one choice per request`)
}

/** OpenAI rejects a lower cap, but clients of other formats request one token as a connectivity check. */
const MIN_OUTPUT = 16

function encodeCap({ request, target, losses, isOwn }: EncodeContext): number | undefined {
  const { maxOutput } = request
  const isOpenai = reasoningFamily(target.baseModel) !== undefined
  if (maxOutput === undefined || isOwn || !isOpenai || maxOutput >= MIN_OUTPUT) return maxOutput
  losses.note(fieldName(request, 'maxOutput'), `changed: ${MIN_OUTPUT}, the minimum of ${target.model}`)
  return MIN_OUTPUT
}

function encodeText({ output, verbosity }: ChatRequest): object {
  if (!output && verbosity === undefined) return {}
  return { text: defined({ format: output && encodeOutput(output), verbosity }) }
}

export function encodeOutput(output: OutputFormat): object {
  if (output.type === 'text') return { type: 'text' }
  if (output.type === 'json') return { type: 'json_object' }
  const { schema, name = 'answer', description, strict } = output
  return { type: 'json_schema', name, ...defined({ description, strict }), schema }
}
