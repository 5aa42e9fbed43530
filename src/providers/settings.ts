// The settings of a provider that only some types have: who we are there, and where.
import { z } from 'zod'
import { secret } from './secret.ts'

const segment = z.string().regex(/^[\w.:-]{1,100}$/, {
  error: 'is not a name of this kind; allowed: letters, digits, dots and dashes',
})

export const typeSettings = {
  tenantId: segment.optional(),
  clientId: segment.optional(),
  clientSecret: secret.optional(),
  identity: z
    .enum(['secret', 'workload', 'managed'], { error: 'is not a kind of identity; allowed: secret, workload, managed' })
    .optional(),
}

export type TypeSetting = keyof typeof typeSettings
export const typeSettingNames = Object.keys(typeSettings) as readonly TypeSetting[]
