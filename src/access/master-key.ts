import { timingSafeEqual } from 'node:crypto'

/** The SHA-256 of the master key, which permits everything. The key itself is never written to disk. */
export interface MasterKey {
  readonly sha256: Uint8Array
  /** A configured key itself, which signatures are verified with; undefined for one of which only the hash is known. */
  readonly secret?: string
}

const SHA256_BYTES = 32

const sha256 = (text: string, into: Uint8Array): Uint8Array => Bun.SHA256.hash(text, into) as Uint8Array

export const masterKeyFrom = (key: string): MasterKey => ({
  sha256: sha256(key, new Uint8Array(SHA256_BYTES)),
  secret: key,
})

/** The hash of the key that was presented last: it is compared at once. */
const presentedHash = new Uint8Array(SHA256_BYTES)

/** Compares in constant time. */
export const isMasterKey = (master: MasterKey, presented: string): boolean =>
  timingSafeEqual(sha256(presented, presentedHash), master.sha256)
