// The `log` section of the configuration.
import { z } from 'zod'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const level = z.preprocess(
  (given) => (typeof given === 'string' ? given.toLowerCase() : given),
  z.enum(levels, { error: `is not a log level; allowed: ${levels.join(', ')}` }),
)

export const logSchema = z
  .strictObject({
    level: level.prefault('info'),
    requests: z.boolean().default(true),
    clientAddress: z.boolean().default(false),
  })
  .prefault({})

export type LogConfig = z.output<typeof logSchema>

/** What calls need of the section; the log's level belongs to the process. */
export const compileLog = ({ requests }: LogConfig) => ({ logsCalls: requests })
