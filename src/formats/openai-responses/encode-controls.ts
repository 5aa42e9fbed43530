import type { Sampling } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import type { Writing } from '../openai-shared/writing.ts'
import { effortOf, leavesSampling, takenEffort } from '../openai-shared/effort.ts'
import { reasoningFamily } from '../openai-shared/models.ts'
import { type Field, fieldName } from '../fields/field-names.ts'
import { LABEL } from './name.ts'

type Wire = Record<string, unknown>

/** How to sample, how much to think, and what of it to show. */
export function encodeControls(writing: Writing): Wire {
  const { request, isOwn } = writing
  return isOwn
    ? { ...sampled(request.sampling), ...defined({ reasoning: encodeOwnReasoning(writing) }) }
    : {
        ...encodeSampling(writing),
        ...encodeReasoning(writing),
        ...encodeInclude(writing),
        store: request.store ?? false,
      }
}

const sampled = ({ temperature, topP, topLogprobs }: Sampling): Wire =>
  defined({ temperature, top_p: topP, top_logprobs: topLogprobs })

function encodeOwnReasoning({ request: { reasoning } }: Writing): Wire | undefined {
  return reasoning && defined({ effort: reasoning.effort, summary: reasoning.summary })
}

const LACKING: readonly Field[] = ['minP', 'seed', 'frequencyPenalty', 'presencePenalty', 'logitBias']

/** OpenAI's models refuse to be told how to sample while they reason; a client of another language cannot know. */
function encodeSampling(writing: Writing): Wire {
  const { request, target, losses } = writing
  const { sampling } = request
  const fields = sampled(sampling)
  if (leavesSampling(writing))
    for (const field of Object.keys(fields)) {
      losses.note(field, `removed: ${target.model} refuses it while it reasons`)
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

function encodeReasoning(writing: Writing): Wire {
  const { reasoning } = writing.request
  const effort = reasoning && takenEffort(writing)
  if (!reasoning || effort === undefined) return {}
  const summary = reasoning.summary === 'none' ? undefined : reasoning.summary
  return { reasoning: defined({ effort, summary }) }
}

/** Models that do not reason refuse to be asked for what they sealed. */
function encodeInclude(writing: Writing): Wire {
  const { request, target } = writing
  const family = reasoningFamily(target.baseModel)
  const mayReason =
    family === undefined ? request.reasoning !== undefined && effortOf(writing) !== 'none' : family !== null
  const include = [
    ...(mayReason ? ['reasoning.encrypted_content'] : []),
    ...(request.sampling.logprobs && !leavesSampling(writing) ? ['message.output_text.logprobs'] : []),
  ]
  return include.length > 0 ? { include } : {}
}
