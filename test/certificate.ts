// Certificates for tests, built here so that no private key is in the repository and no program is needed.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface Certificate {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

export interface CertificateOptions {
  /** Host names that it is valid for. Undefined: localhost. */
  readonly names?: readonly string[]
  readonly validFrom?: Date
  readonly validUntil?: Date
  /** Undefined: it signs itself, so it is its own certificate authority. */
  readonly issuer?: Certificate & { readonly subject: string; readonly privateKey: KeyObject }
  readonly subject?: string
}

const DAY_MS = 86_400_000

const ECDSA_SHA256 = '06082a8648ce3d040302'
const COMMON_NAME = '0603550403'
const SUBJECT_ALT_NAME = '0603551d11'
const BASIC_CONSTRAINTS = '0603551d13'

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const DNS_NAME = 0x82

function der(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)))
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const text = (value: string) => new Uint8Array(Buffer.from(value))
const nameOf = (common: string) => der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, text(common)))))
const time = (date: Date) => der(GENERALIZED_TIME, text(date.toISOString().replace(/[-:T]|\.\d+/g, '')))
const extension = (oid: string, value: Buffer) => der(SEQUENCE, oid, der(OCTET_STRING, value))

/** A certificate with a new key (ECDSA, P-256). */
export function createCertificate({
  names = ['localhost'],
  validFrom = new Date(Date.now() - DAY_MS),
  validUntil = new Date(Date.now() + DAY_MS),
  subject = names[0] ?? 'test',
  issuer,
}: CertificateOptions = {}): Certificate & { readonly subject: string; readonly privateKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, ECDSA_SHA256)
  const alternatives = der(SEQUENCE, ...names.map((name) => der(DNS_NAME, text(name))))
  const isAuthority = der(SEQUENCE, issuer ? '' : '0101ff')
  const toSign = der(
    SEQUENCE,
    'a003020102', // version 3
    der(INTEGER, '01', randomBytes(8)),
    algorithm,
    nameOf(issuer?.subject ?? subject),
    der(SEQUENCE, time(validFrom), time(validUntil)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension(BASIC_CONSTRAINTS, isAuthority), extension(SUBJECT_ALT_NAME, alternatives))),
  )
  const signature = sign('sha256', toSign, issuer?.privateKey ?? privateKey)
  const bytes = der(SEQUENCE, toSign, algorithm, der(BIT_STRING, '00', signature))
  return {
    subject,
    privateKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}
