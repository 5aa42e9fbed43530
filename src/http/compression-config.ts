// `server.compression`: compress responses.
import { z } from 'zod'
import { size } from '../schema/size.ts'

const DEFAULTS = { true: {}, false: undefined }

/** `true` alone is short for the defaults, `false` turns it off. */
export const compression = z.preprocess(
  (given) => (typeof given === 'boolean' ? DEFAULTS[`${given}`] : given),
  z
    .strictObject(
      { minSize: size.prefault('1kb'), streams: z.boolean().default(false) },
      {
        error: (issue) =>
          issue.code === 'invalid_type'
            ? 'is not valid here; allowed: true, false, or { minSize, streams }'
            : undefined,
      },
    )
    .transform(({ minSize, streams }) => ({ minBytes: minSize, streams }))
    .optional(),
)

export type CompressionConfig = NonNullable<z.output<typeof compression>>
