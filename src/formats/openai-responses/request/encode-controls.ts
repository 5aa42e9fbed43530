import type { Sampling } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import type { EncodeContext } from '../../openai-shared/encode-context.ts'
import { requestedEffort, rejectsSampling, supportedEffort } from '../../openai-shared/effort.ts'
import { reasoningFamily } from '../../openai-shared/models.ts'
import { type Field, fieldName } from '../../fields/field-names.ts'
import { LABEL } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** Encodes sampling, reasoning, and what to include in the response. */
export function encodeControls(context: EncodeContext): JsonObject {
  const { request, isOwn } = context
  return isOwn
    ? { ...sampled(request.sampling), ...defined({ reasoning: encodeOwnReasoning(context) }) }
    : {
        ...encodeSampling(context),
        ...encodeReasoning(context),
        ...encodeInclude(context),
        store: request.store ?? false,
      }
}

const sampled = ({ temperature, topP, topLogprobs }: Sampling): Record<string, unknown> =>
  defined({ temperature, top_p: topP, top_logprobs: topLogprobs })

function encodeOwnReasoning({ request: { reasoning } }: EncodeContext): JsonObject | undefined {
  return reasoning && defined({ effort: reasoning.effort, summary: reasoning.summary })
}

const LACKING: readonly Field[] = ['minP', 'seed', 'frequencyPenalty', 'presencePenalty', 'logitBias']

/** OpenAI's models reject sampling parameters while reasoning; a client of another format cannot know that. */
function encodeSampling(context: EncodeContext): JsonObject {
  const { request, target, losses } = context
  const { sampling } = request
  const fields = sampled(sampling)
  if (rejectsSampling(context))
    for (const field of Object.keys(fields)) {
      losses.note(field, `removed: ${target.model} rejects it while reasoning`)
      delete fields[field]
    }
  for (const field of LACKING)
    if (sampling[field as keyof Sampling] !== undefined)
      losses.note(fieldName(request, field), `removed: ${LABEL} has no such field`)
  if (sampling.topK === undefined) return fields
  if (target.capabilities.has('top-k')) return { ...fields, top_k: sampling.topK }
  losses.note(fieldName(request, 'topK'), `removed: ${LABEL} has no such field`)
  return fields
}

function encodeReasoning(context: EncodeContext): JsonObject {
  const { reasoning } = context.request
  const effort = reasoning && supportedEffort(context)
  if (!reasoning || effort === undefined) return {}
  const summary = reasoning.summary === 'none' ? undefined : reasoning.summary
  return { reasoning: defined({ effort, summary }) }
}

/** Models that do not reason reject `reasoning.encrypted_content`. */
function encodeInclude(context: EncodeContext): JsonObject {
  const { request, target } = context
  const family = reasoningFamily(target.baseModel)
  const mayReason =
    family === undefined ? request.reasoning !== undefined && requestedEffort(context) !== 'none' : family !== null
  const include = [
    ...(mayReason ? ['reasoning.encrypted_content'] : []),
    ...(request.sampling.logprobs && !rejectsSampling(context) ? ['message.output_text.logprobs'] : []),
  ]
  return include.length > 0 ? { include } : {}
}
