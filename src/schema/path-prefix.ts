import { z } from 'zod'
import { RESERVED_PREFIXES } from './reserved-paths.ts'

export const normalisePrefix = (path: string): string => path.replace(/\/+$/, '')

/** The beginning of paths, such as `/v1/llama`. A slash at its end means nothing; `normalisePrefix` removes it. */
export const pathPrefix = z
  .string()
  .max(200, { error: 'is too long for a path; allowed: 200 characters' })
  .regex(/^(?:\/[\w.~:@+,=-]+)+\/*$/, {
    error: 'is not a path; allowed: /one/or/more/parts of letters, digits and -._~:@+,=',
  })
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), {
    error: 'contains a relative part; allowed: no part that is . or ..',
  })
  .refine((path) => !RESERVED_PREFIXES.includes(normalisePrefix(path)), {
    error: `is reserved by Sluice; allowed: any path but ${RESERVED_PREFIXES.join(', ')}`,
  })
