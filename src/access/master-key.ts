import { timingSafeEqual } from 'node:crypto'

/** The SHA-256 of the master key, which permits everything. The key itself is never written to disk. */
export interface MasterKey {
  readonly sha256: Uint8Array
  /** A configured key itself, which signatures are verified with; undefined for one of which only the hash is known. */
  readonly secret?: string
}

const sha256 = (text: string): Uint8Array => new Uint8Array(Bun.SHA256.hash(text).buffer)

export const masterKeyFrom = (key: string): MasterKey => ({ sha256: sha256(key), secret: key })

/** Compares in constant time. */
export const isMasterKey = (master: MasterKey, presented: string): boolean =>
  timingSafeEqual(sha256(presented), master.sha256)
