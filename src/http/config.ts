// The `server` section: the addresses Sluice listens on, and its limits.
import { z } from 'zod'
import { compression } from './compression-config.ts'
import { cors } from './cors-config.ts'
import { tls } from './tls-config.ts'
import { unix } from './unix-config.ts'
import { trustedProxies } from './trusted-proxies-config.ts'
import { durationFrom, durationOrOff } from '../schema/duration.ts'
import { normalisePrefix, pathPrefix } from '../schema/path-prefix.ts'
import { size } from '../schema/size.ts'

const port = z
  .int({
    error: (issue) =>
      issue.input === undefined ? undefined : 'is not a port; allowed: a whole number from 0 (any free port) to 65535',
  })
  .min(0, { error: 'is not a port; allowed: 0 (any free port) to 65535' })
  .max(65_535, { error: 'is not a port; allowed: 0 (any free port) to 65535' })

const host = z.string().regex(/^[\w.:%-]{1,255}$/, { error: 'is not a host; allowed: an address or a host name' })

const MOST_WORKERS = 256
const workersError = `is not a number of workers; allowed: 1 to ${MOST_WORKERS}, or auto`
const workers = z.union([z.int().min(1).max(MOST_WORKERS), z.literal('auto')], { error: workersError })

/** The longest time that the runtime can count. */
const LONGEST_IDLE_MS = 255_000
const idleError = 'is not an idle timeout; allowed: 1s to 255s, or off'
const idleTimeout = durationOrOff.refine((ms) => ms === 0 || (ms >= 1000 && ms <= LONGEST_IDLE_MS), {
  error: idleError,
})

export const serverSchema = z
  .strictObject({
    host: host.default('0.0.0.0'),
    port: port.default(8080),
    metricsPort: port.default(9090),
    workers: workers.default(1),
    workerAffinity: z.boolean().default(false),
    maxBody: size.prefault('32mb'),
    drainTimeout: durationFrom(0).prefault('60s'),
    streamKeepAlive: durationOrOff.prefault('15s'),
    idleTimeout: idleTimeout.prefault('255s'),
    basePath: pathPrefix.transform(normalisePrefix).optional(),
    trustedProxies,
    tls: tls.optional(),
    http2: z.boolean().default(false),
    unix: unix.optional(),
    compression,
    cors: cors.optional(),
  })
  .refine(({ port, metricsPort }) => port === 0 || port !== metricsPort, {
    path: ['metricsPort'],
    error: 'is the same port as `port`; allowed: another port',
  })
  .refine(({ unix, workers }) => unix === undefined || workers === 1, {
    path: ['workers'],
    error: 'is not possible with `unix`, because processes cannot share a socket file; allowed: 1',
  })
  .refine(({ workerAffinity, workers }) => !workerAffinity || workers !== 1, {
    path: ['workerAffinity'],
    error: 'needs several workers; allowed: with `workers` of 2 or more, or auto',
  })
  .refine(({ unix, tls }) => unix === undefined || tls === undefined, {
    path: ['tls'],
    error: 'is not possible with `unix`; allowed: one of them',
  })
  .refine(({ unix, http2 }) => unix === undefined || !http2, {
    path: ['http2'],
    error: 'is not possible with `unix`; allowed: one of them',
  })
  .transform(
    ({ maxBody, drainTimeout, streamKeepAlive, idleTimeout, cors, compression, basePath, tls, unix, ...rest }) => ({
      ...rest,
      idleMs: idleTimeout,
      cors,
      compression,
      basePath,
      tls,
      unix,
      maxBodyBytes: maxBody,
      drainMs: drainTimeout,
      keepAliveMs: streamKeepAlive,
    }),
  )
  .prefault({})

export type ServerConfig = z.output<typeof serverSchema>

/** What calls need of the section; the listeners read the rest at the start. */
export const compileServer = ({ maxBodyBytes, drainMs }: ServerConfig) => ({ maxBodyBytes, drainMs })
