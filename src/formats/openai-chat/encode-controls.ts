import type { ReasoningControl } from '../../chat/request.ts'
import { originalOf } from '../fields/originals.ts'
import type { EncodeContext } from '../openai-shared/encode-context.ts'
import { supportedEffort } from '../openai-shared/effort.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** The reasoning control. A request of this format keeps its own fields; other formats become `reasoning_effort`. */
export function encodeControls(context: EncodeContext): JsonObject {
  const { reasoning } = context.request
  if (!reasoning) return {}
  const own = context.isOwn ? originalOf(reasoning) : undefined
  return (own as JsonObject | undefined) ?? encodeTranslated(reasoning, context)
}

function encodeTranslated(reasoning: ReasoningControl, context: EncodeContext): JsonObject {
  const { losses } = context
  if (reasoning.summary !== undefined && reasoning.summary !== 'none')
    losses.note('reasoning.summary', 'removed: the upstream decides how reasoning is shown')
  const effort = supportedEffort(context)
  return effort === undefined ? {} : { reasoning_effort: effort }
}
