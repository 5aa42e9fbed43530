// The setting `admission` of a model: what happens to calls when every endpoint is at its limit.
import { z } from 'zod'
import { durationFrom } from '../../schema/duration.ts'
import { size } from '../../schema/size.ts'

const MAX_WAITING = 100_000
const queueError = 'is not a number of requests; allowed: 0 (reject at once) to 100000'

export const admissionSchema = z
  .strictObject({
    maxQueued: z.int().min(0, { error: queueError }).max(MAX_WAITING, { error: queueError }).default(1000),
    maxWait: durationFrom(1).prefault('60s'),
    maxBytes: size.prefault('64mb'),
    adaptiveConcurrency: z.boolean().default(false),
  })
  .transform(({ maxWait, ...rest }) => ({ ...rest, maxWaitMs: maxWait }))
  .prefault({})
