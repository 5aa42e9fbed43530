import { z } from 'zod'

/** Text that no message may show, and that may be in a file: `file:/run/secrets/x`. */
export const secret = z
  .string()
  .min(1, { error: 'is empty; enter a value' })
  // eslint-disable-next-line no-control-regex -- a line break here would begin another header
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: 'contains a control character, which is not allowed in a header' })
  .meta({ secret: true })
