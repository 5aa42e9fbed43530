import type { ReasoningControl } from '../../chat/request.ts'
import { originalOf } from '../fields/originals.ts'
import type { Writing } from '../openai-shared/writing.ts'
import { takenEffort } from '../openai-shared/effort.ts'

type Wire = Readonly<Record<string, unknown>>

/** How much to think. A client of this language gets its own words back; others are put into `reasoning_effort`. */
export function encodeControls(writing: Writing): Wire {
  const { reasoning } = writing.request
  if (!reasoning) return {}
  const own = writing.isOwn ? originalOf(reasoning) : undefined
  return (own as Wire | undefined) ?? encodeForeign(reasoning, writing)
}

function encodeForeign(reasoning: ReasoningControl, writing: Writing): Wire {
  const { losses } = writing
  if (reasoning.summary !== undefined && reasoning.summary !== 'none')
    losses.note('reasoning.summary', 'removed: reasoning comes as the upstream shows it')
  const effort = takenEffort(writing)
  return effort === undefined ? {} : { reasoning_effort: effort }
}
