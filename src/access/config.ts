// The `access` section: the keys that clients authenticate with.
import { z } from 'zod'
import { secret } from '../schema/secret.ts'

export const accessSchema = z
  .strictObject({ masterKey: secret.optional() })
  .transform(({ masterKey }) => ({ masterKey })) // the field is always present, if only as undefined
  .prefault({})

export type AccessConfig = z.output<typeof accessSchema>
