// `server.tls`: the certificate of the API port.
import { z } from 'zod'
import { authorities, certificate, isKeyOf, mismatch, privateKey } from '../schema/pem.ts'

const versionError = 'is not a TLS version; allowed: 1.2, 1.3'

export const tls = z
  .strictObject(
    {
      certificate,
      key: privateKey,
      clientCa: authorities.optional(),
      minVersion: z
        .preprocess(
          (given) => (typeof given === 'number' ? String(given) : given),
          z.enum(['1.2', '1.3'], { error: versionError }),
        )
        .prefault('1.2'),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'is not valid here; allowed: { certificate, key, clientCa, minVersion }'
          : undefined,
    },
  )
  .refine(({ certificate, key }) => isKeyOf(key, certificate), { path: ['key'], error: mismatch })

export type TlsConfig = z.output<typeof tls>
