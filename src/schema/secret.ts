import { z } from 'zod'

/** Text that no message may ever show, and that may stand in a file: `file:/run/secrets/x`. */
export const secret = z
  .string()
  .min(1, { error: 'is empty; allowed: any text that is not' })
  // eslint-disable-next-line no-control-regex -- a line break here would become a header of its own
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: 'holds a control character, which no header can carry' })
  .meta({ secret: true })
