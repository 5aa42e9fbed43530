// The `responses` section: how long and how many responses of the Responses API are kept for later requests.
import { z } from 'zod'
import { duration } from '../schema/duration.ts'
import { size } from '../schema/size.ts'

const entriesError = 'is not a number of responses; allowed: 1 to 1000000'

const storeSchema = z
  .strictObject({
    enabled: z.boolean().default(true),
    maxAge: duration.prefault('24h'),
    maxBytes: size.prefault('128mb'),
    maxEntries: z
      .int({ error: entriesError })
      .min(1, { error: entriesError })
      .max(1e6, { error: entriesError })
      .default(10_000),
  })
  .transform(({ maxAge, ...rest }) => ({ ...rest, maxAgeMs: maxAge }))
  .prefault({})

export const responsesSchema = z.strictObject({ store: storeSchema }).prefault({})

export type ResponsesConfig = z.output<typeof responsesSchema>

/** What calls need of the section, and the limits of the process's store. */
export const compileResponses = ({ store }: ResponsesConfig) => ({ responses: store })
