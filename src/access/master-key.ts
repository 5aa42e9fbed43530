import { timingSafeEqual } from 'node:crypto'

/** The SHA-256 of the master key, which permits everything. The key itself is not stored. */
export interface MasterKey {
  readonly sha256: Uint8Array
}

const sha256 = (text: string): Uint8Array => new Uint8Array(Bun.SHA256.hash(text).buffer)

export const masterKeyFrom = (key: string): MasterKey => ({ sha256: sha256(key) })

/** Compares in constant time. */
export const isMasterKey = (master: MasterKey, presented: string): boolean =>
  timingSafeEqual(sha256(presented), master.sha256)
