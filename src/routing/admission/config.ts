// `admission` of a model: what happens to calls that find every endpoint full.
import { z } from 'zod'
import { durationFrom } from '../../schema/duration.ts'
import { size } from '../../schema/size.ts'

const MOST_WAITING = 100_000
const queueError = 'is not a number of calls; allowed: 0 (refuse at once) to 100000'

export const admissionSchema = z
  .strictObject({
    maxQueued: z.int().min(0, { error: queueError }).max(MOST_WAITING, { error: queueError }).default(1000),
    maxWait: durationFrom(1).prefault('60s'),
    maxBytes: size.prefault('64mb'),
    adaptiveConcurrency: z.boolean().default(false),
  })
  .transform(({ maxWait, ...rest }) => ({ ...rest, maxWaitMs: maxWait }))
  .prefault({})
