// Settings that only some provider types have: credentials, identity, project and region.
import { z } from 'zod'
import { headerSecret, secret } from '../schema/secret.ts'

const segment = z.string().regex(/^[\w.:-]{1,100}$/, {
  error: 'is not a valid value; allowed: up to 100 letters, digits, dots, colons, underscores and dashes',
})

/** Both become parts of URLs. */
export const projectPattern = /^[a-z0-9][a-z0-9.:-]{0,99}$/
export const locationPattern = /^[a-z0-9][a-z0-9-]{0,49}$/

/** The text of a credentials file. It can have several lines, so it is not a header value. */
const credentials = z
  .string()
  .min(1, { error: 'is empty; allowed: the text of a credentials file, or file:/path/to/it' })

export const typeSettings = {
  project: z
    .string()
    .regex(projectPattern, { error: 'is not the id of a project; allowed: as in my-project-123' })
    .optional(),
  location: z
    .string()
    .regex(locationPattern, { error: 'is not a location; allowed: as in global, eu, europe-west4' })
    .optional(),
  credentials: credentials.meta({ secret: true }).optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/, { error: 'is not a region; allowed: as in us-east-1, eu-west-1' })
    .optional(),
  accessKeyId: z
    .string()
    .regex(/^\w{4,128}$/, { error: 'is not the id of an access key; allowed: letters and digits' })
    .optional(),
  secretAccessKey: secret.optional(),
  sessionToken: headerSecret.optional(),
  tenantId: segment.optional(),
  clientId: segment.optional(),
  clientSecret: secret.optional(),
  identity: z
    .enum(['secret', 'workload', 'managed'], { error: 'is not a kind of identity; allowed: secret, workload, managed' })
    .optional(),
}

export type TypeSetting = keyof typeof typeSettings
export const typeSettingNames = Object.keys(typeSettings) as readonly TypeSetting[]
