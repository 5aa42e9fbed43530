import { z } from 'zod'

const visible = /^[^\p{C}\p{Zl}\p{Zp}\s](?:[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Zl}\p{Zp}\s])?$/u

/** A name of something: 1 to 200 visible characters, no space at either end. */
export const name = z
  .string()
  .max(200, { error: 'is too long for a name; allowed: up to 200 characters' })
  .regex(visible, { error: 'is not a valid name; allowed: visible characters, no space at the start or end' })
