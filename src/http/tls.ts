// TLS of the API port, as the runtime takes it.
import { constants, type X509Certificate } from 'node:crypto'
import { certificatesIn } from '../schema/pem.ts'
import type { TlsConfig } from './tls-config.ts'

export function tlsOptions({ certificate, key, clientCa, minVersion }: TlsConfig): Bun.TLSOptions {
  return {
    cert: certificate,
    key,
    ...(minVersion === '1.3' && { secureOptions: constants.SSL_OP_NO_TLSv1_2 }), // older versions are never offered
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  }
}

const DAY_MS = 24 * 3_600_000
const SOON_MS = 14 * DAY_MS

/** When the certificate of the API port expires, in epoch milliseconds. */
export const expiresAtMs = ({ certificate }: TlsConfig): number => Date.parse(leafOf(certificate).validTo)

/** What the operator should know of a certificate that is valid in form; undefined if all is well. */
export function certificateWarning({ certificate }: TlsConfig, nowMs: number): string | undefined {
  const { validFrom, validTo } = leafOf(certificate)
  const day = (date: string) => new Date(date).toISOString().slice(0, 10)
  const remedy = 'Renew it; Sluice uses the new file without a restart.'
  if (nowMs > Date.parse(validTo)) return `The certificate in server.tls expired on ${day(validTo)}. ${remedy}`
  if (nowMs < Date.parse(validFrom))
    return `The certificate in server.tls is not valid before ${day(validFrom)}. Check the clock of this machine.`
  if (Date.parse(validTo) - nowMs < SOON_MS)
    return `The certificate in server.tls expires on ${day(validTo)}. ${remedy}`
  return undefined
}

const leafOf = (pem: string): X509Certificate => certificatesIn(pem)![0]!
