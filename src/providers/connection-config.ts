// `tls` and `connections` of a provider: how Sluice connects to it.
import { z } from 'zod'
import { duration } from '../schema/duration.ts'
import { authorities, certificate, isKeyOf, mismatch, privateKey } from '../schema/pem.ts'

const serverName = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i, {
    error: 'is not a host name; allowed: as in api.example.com',
  })

export const providerTls = z
  .strictObject(
    {
      ca: authorities.optional(),
      certificate: certificate.optional(),
      key: privateKey.optional(),
      serverName: serverName.optional(),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'is not valid here; allowed: { ca, certificate, key, serverName }' : undefined,
    },
  )
  .superRefine(({ certificate, key }, context) => {
    if ((certificate === undefined) !== (key === undefined))
      context.addIssue({
        code: 'custom',
        path: [certificate === undefined ? 'certificate' : 'key'],
        message: 'is not given; allowed: a client certificate together with its key',
      })
    else if (certificate !== undefined && !isKeyOf(key!, certificate))
      context.addIssue({ code: 'custom', path: ['key'], message: mismatch })
  })

/** The runtime's own default; it counts whole minutes above four. */
const DEFAULT_IDLE_MS = 300_000

export const connections = z
  .strictObject({
    idleTimeout: duration.prefault('5m'),
    maxIdle: z.int().min(1, { error: 'is not a number of connections; allowed: a whole number from 1' }).optional(),
  })
  .transform(({ idleTimeout, maxIdle }) =>
    idleTimeout === DEFAULT_IDLE_MS && maxIdle === undefined
      ? undefined
      : { ms: idleTimeout, maxConnections: maxIdle ?? Infinity },
  )
  .prefault({})
