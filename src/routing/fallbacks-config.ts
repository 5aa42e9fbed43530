// What `fallbacks` looks like in a file, for one model or for all.
import { z } from 'zod'
import { name } from '../schema/name.ts'

const names = z.array(name).optional()

/** A list is short for `{ any: list }`. Absent lists stay undefined: what holds for all models holds. */
export const fallbacksSchema = z.preprocess(
  (given) => (Array.isArray(given) ? { any: given } : given),
  z.strictObject({ any: names, contextWindow: names, contentPolicy: names }),
)

export type FallbacksConfig = z.output<typeof fallbacksSchema>
