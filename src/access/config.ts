// The `access` section: the keys that clients authenticate with.
import { z } from 'zod'
import { headerSecret } from '../schema/secret.ts'
import { type MasterKey, masterKeyFrom } from './master-key.ts'

export const accessSchema = z
  .strictObject({ masterKey: headerSecret.optional() })
  .transform(({ masterKey }) => ({ masterKey })) // the field is always present, if only as undefined
  .prefault({})

export type AccessConfig = z.output<typeof accessSchema>

/** The key of the section, or else the process's own. */
export const compileAccess = (
  { masterKey }: AccessConfig,
  own: { readonly masterKey: MasterKey },
): { readonly masterKey: MasterKey } => ({
  masterKey: masterKey === undefined ? own.masterKey : masterKeyFrom(masterKey),
})
