import { z } from 'zod'

/** `weight: 2`: a share relative to the other entries; 0: used only if no other entry is available. */
export const weight = z
  .number()
  .min(0, { error: 'is not a weight; allowed: 0 or more' })
  .max(1e6, { error: 'is not a weight; allowed: up to 1000000' })
