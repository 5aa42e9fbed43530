// The `access` section: who may call.
import { z } from 'zod'
import { secret } from '../schema/secret.ts'
import { type MasterKey, masterKeyFrom } from './master-key.ts'

export const accessSchema = z
  .strictObject({ masterKey: secret.optional() })
  .transform(({ masterKey }) => ({ masterKey })) // always present, so that nobody asks whether the field is there
  .prefault({})

export type AccessConfig = z.output<typeof accessSchema>

/** The key of the section, or else the process's own. */
export const compileAccess = (
  { masterKey }: AccessConfig,
  own: { readonly masterKey: MasterKey },
): { readonly masterKey: MasterKey } => ({
  masterKey: masterKey === undefined ? own.masterKey : masterKeyFrom(masterKey),
})
