// `server.cors`: the web pages that may read responses in a browser.
import { z } from 'zod'
import { durationFrom } from '../schema/duration.ts'

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?:\d{1,5}|\*))?$/
const originError =
  'is not an origin; allowed: *, or SCHEME://HOST[:PORT] without a path, as in https://app.example.com, https://*.example.com, http://localhost:*'

/** Written as browsers send it: in lower case, without the scheme's own port. */
const origin = z.string({ error: originError }).transform((text, context) => {
  const written = text.toLowerCase().replace(/^(https:\/\/.*):443$|^(http:\/\/.*):80$/, '$1$2')
  if (written === '*' || (ORIGIN.test(written) && written.split('*').length <= 2 && written.length <= 500))
    return written
  context.issues.push({ code: 'custom', message: originError, input: text })
  return z.NEVER
})

const MANY = 1000

/** A list alone is short for `{ origins: LIST }`, and one origin for a list of it. */
export const cors = z.preprocess(
  (given) => (typeof given === 'string' ? { origins: [given] } : Array.isArray(given) ? { origins: given } : given),
  z
    .strictObject(
      {
        origins: z
          .array(origin)
          .min(1, { error: 'is empty; allowed: one origin or more' })
          .max(MANY, { error: `is too long; allowed: up to ${MANY} origins` }),
        credentials: z.boolean().default(false),
        maxAge: durationFrom(0).prefault('1h'),
      },
      {
        error: (issue) =>
          issue.code === 'invalid_type'
            ? 'is not a list of origins; allowed: a list, or { origins, credentials, maxAge }'
            : undefined,
      },
    )
    .refine(({ origins, credentials }) => !credentials || !origins.includes('*'), {
      path: ['credentials'],
      error: 'is not possible for every origin; allowed: false, or a list of `origins` without *',
    })
    .transform(({ maxAge, ...rest }) => ({ ...rest, maxAgeMs: maxAge })),
)

export type CorsConfig = z.output<typeof cors>
