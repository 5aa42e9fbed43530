import { z } from 'zod'

/** `weight: 2`: a share relative to its neighbours; 0 means only when nothing else is left. */
export const weight = z
  .number()
  .min(0, { error: 'is not a weight; allowed: 0 or more' })
  .max(1e6, { error: 'is not a weight; allowed: 1000000 at most' })
