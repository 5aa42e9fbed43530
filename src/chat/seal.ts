import type { Seal } from './part.ts'

// A format has one place for an opaque blob, and clients return whatever it contained. A blob of another origin is
// therefore wrapped with the name of its issuer. Sluice recognizes it when it comes back and never sends it to another
// provider.
const WRAPPED = /^sluice\.1\.([\w-]+)\.([sd])\.(.*)$/s

/** The seal as one text for a client's format, whose own seals have the origin `ownOrigin`. */
export function sealText(seal: Seal, ownOrigin: string): string {
  const [kind, blob] = seal.signature === undefined ? ['d', seal.data ?? ''] : ['s', seal.signature]
  return seal.origin === ownOrigin ? blob : `sluice.1.${seal.origin}.${kind}.${blob}`
}

/** Reads what `sealText` wrote. Any other text is a seal of the format's own, of kind `ownKind`. */
export function readSeal(text: string, ownOrigin: string, ownKind: 'signature' | 'data' = 'signature'): Seal {
  const [, origin, kind, blob] = WRAPPED.exec(text) ?? []
  if (origin === undefined) return { origin: ownOrigin, [ownKind]: text }
  return { origin, [kind === 'd' ? 'data' : 'signature']: blob! }
}

/** Base64 of `sluice.1.`, the start of a wrapped seal. */
const WRAPPED_BYTES = 'c2x1aWNlLjEu'

/** The same for a format whose seals are bytes in base64: its clients decode them, and can change the base64 alphabet. */
export function sealBytes(seal: Seal, ownOrigin: string): string {
  const text = sealText(seal, ownOrigin)
  return seal.origin === ownOrigin ? text : Buffer.from(text).toString('base64')
}

/** Reads what `sealBytes` wrote, and what `sealText` wrote. */
export const readSealBytes = (text: string, ownOrigin: string, ownKind?: 'signature' | 'data'): Seal =>
  readSeal(text.startsWith(WRAPPED_BYTES) ? Buffer.from(text, 'base64').toString() : text, ownOrigin, ownKind)

/**
 * The placeholder for a signature that a format requires, on reasoning that has none. It decodes to a seal of origin
 * `none`, which is sent to no upstream.
 */
export const UNSIGNED: Seal = { origin: 'none', signature: '' }
