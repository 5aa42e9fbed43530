import { z } from 'zod'
import { parseBytes } from '../units.ts'

const MAX_BYTES = 1024 ** 3
const sizeError = 'is not a size; allowed: 1 byte to 1gb, as in 32mb, 64kb, 1024'

/** A size such as `32mb`, in bytes: 1 byte to 1 GB. */
export const size = z.union([z.string(), z.number()], { error: sizeError }).transform((given, context) => {
  const bytes = parseBytes(String(given))
  if (bytes !== undefined && bytes >= 1 && bytes <= MAX_BYTES) return bytes
  context.issues.push({ code: 'custom', message: sizeError, input: given })
  return z.NEVER
})
