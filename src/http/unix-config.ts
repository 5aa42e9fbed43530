// `server.unix`: a Unix socket instead of the port.
import { z } from 'zod'

/** Longer paths do not fit into the kernel's address. */
const LONGEST_PATH = 107
const pathError = `is not the path of a socket; allowed: an absolute path of up to ${LONGEST_PATH} bytes, as in /run/sluice.sock`
const isPath = (path: string) =>
  /^\/[^\p{C}]+$/u.test(path) && !path.endsWith('/') && Buffer.byteLength(path) <= LONGEST_PATH

const modeError = 'is not a mode; allowed: 0600 (this user), 0660 (and its group), 0666 (everyone)'

/** YAML reads 0660 as the number 660. */
const mode = z.preprocess(
  (given) => (typeof given === 'number' ? String(given).padStart(4, '0') : given),
  z.enum(['0600', '0660', '0666'], { error: modeError }),
)

/** A path alone is short for `{ path }`. */
export const unix = z.preprocess(
  (given) => (typeof given === 'string' ? { path: given } : given),
  z.strictObject(
    { path: z.string({ error: pathError }).refine(isPath, { error: pathError }), mode: mode.prefault('0660') },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'is not a socket; allowed: /path/to/socket, or { path, mode }' : undefined,
    },
  ),
)

export type UnixConfig = z.output<typeof unix>
