import type { ReasoningControl } from '../../../chat/request.ts'
import { originalOf } from '../../fields/originals.ts'
import type { EncodeContext } from '../../openai-shared/encode-context.ts'
import { requestedEffort, supportedEffort } from '../../openai-shared/effort.ts'
import { needsResponsesForTools } from '../../openai-shared/models.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** The reasoning control. A request of this format keeps its own fields; other formats become `reasoning_effort`. */
export function encodeControls(context: EncodeContext): JsonObject {
  const { reasoning } = context.request
  if (!context.isOwn && cannotReason(context)) return withoutReasoning(context)
  if (!reasoning) return {}
  const own = context.isOwn ? originalOf(reasoning) : undefined
  return (own as JsonObject | undefined) ?? encodeTranslated(reasoning, context)
}

/** Other providers of these models (`openai/gpt-5.6`) handle tools themselves. */
const cannotReason = ({ request, target }: EncodeContext): boolean =>
  request.tools.length > 0 && target.baseModel.startsWith('gpt-') && needsResponsesForTools(target.baseModel)

function withoutReasoning({ request, target, losses }: EncodeContext): JsonObject {
  if (request.reasoning && requestedEffort({ request }) !== 'none')
    losses.note('reasoning', `changed: off, because ${target.model} accepts tools beside reasoning in Responses only`)
  return { reasoning_effort: 'none' }
}

function encodeTranslated(reasoning: ReasoningControl, context: EncodeContext): JsonObject {
  const { losses } = context
  if (reasoning.summary !== undefined && reasoning.summary !== 'none')
    losses.note('reasoning.summary', 'removed: the upstream decides how reasoning is shown')
  const effort = supportedEffort(context)
  return effort === undefined ? {} : { reasoning_effort: effort }
}
