// The `access` section: who may call.
import { z } from 'zod'
import { secret } from '../schema/secret.ts'

export const accessSchema = z
  .strictObject({ masterKey: secret.optional() })
  .transform(({ masterKey }) => ({ masterKey })) // always present, so that nobody asks whether the field is there
  .prefault({})

export type AccessConfig = z.output<typeof accessSchema>
