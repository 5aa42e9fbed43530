// The setting `fallbacks`, of one model or of all.
import { z } from 'zod'
import { name } from '../schema/name.ts'

const names = z.array(name).optional()

/** A list is short for `{ any: list }`. An absent list stays undefined: the list for all models applies. */
export const fallbacksSchema = z.preprocess(
  (given) => (Array.isArray(given) ? { any: given } : given),
  z.strictObject({ any: names, contextWindow: names, contentPolicy: names }),
)

export type FallbacksConfig = z.output<typeof fallbacksSchema>
