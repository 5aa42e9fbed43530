// Certificates and keys in PEM format. They are marked as secrets, so that `file:NAME` reads them from a file and no message
// shows them.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { z } from 'zod'

const CERTIFICATES = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g

/** The certificates of a PEM text, in its order; undefined if one of them cannot be read or there is none. */
export function certificatesIn(pem: string): X509Certificate[] | undefined {
  const blocks = pem.match(CERTIFICATES)
  try {
    return blocks?.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

const KEY = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m

/** The private key of a PEM text; undefined if it cannot be read. */
export function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return KEY.test(pem) ? createPrivateKey(pem) : undefined
  } catch {
    return undefined
  }
}

const FROM_FILE = 'allowed: file:/path/to/it, or its text (-----BEGIN ...)'

const certificates = (what: string) =>
  z
    .string()
    .refine((pem) => certificatesIn(pem) !== undefined, { error: `is not ${what} in PEM format; ${FROM_FILE}` })
    .meta({ secret: true })

/** A certificate, followed by those that lead to the authority. */
export const certificate = certificates('a certificate')

/** Certificates of authorities. */
export const authorities = certificates('a list of certificates')

export const privateKey = z
  .string()
  .superRefine((pem, context) => {
    if (ENCRYPTED.test(pem))
      context.addIssue({ code: 'custom', message: `is encrypted; allowed: a key without a passphrase` })
    else if (!privateKeyIn(pem))
      context.addIssue({ code: 'custom', message: `is not a private key in PEM format; ${FROM_FILE}` })
  })
  .meta({ secret: true })

/** Whether the key belongs to the first certificate. True if one of them cannot be read, because that is another problem. */
export function isKeyOf(keyPem: string, certificatePem: string): boolean {
  const [leaf] = certificatesIn(certificatePem) ?? []
  const key = privateKeyIn(keyPem)
  return !leaf || !key || leaf.checkPrivateKey(key)
}

export const mismatch = 'does not belong to the certificate; allowed: the key that the certificate was made for'
