import type { Seal } from './part.ts'

// A language has one place for an opaque blob, and clients bring back whatever stood there. A blob of another origin is
// therefore wrapped with the name of its maker, so that it is known again when it comes back and never reaches
// somebody who could not read it.
const WRAPPED = /^sluice\.1\.([\w-]+)\.([sd])\.(.*)$/s

/** The seal as one text for a client's language that signs with texts of its own (`ownOrigin`). */
export function sealText(seal: Seal, ownOrigin: string): string {
  const [kind, blob] = seal.signature === undefined ? ['d', seal.data ?? ''] : ['s', seal.signature]
  return seal.origin === ownOrigin ? blob : `sluice.1.${seal.origin}.${kind}.${blob}`
}

/** Reads what `sealText` wrote; any other text is a seal of the language's own, of the kind given. */
export function readSeal(text: string, ownOrigin: string, ownKind: 'signature' | 'data' = 'signature'): Seal {
  const [, origin, kind, blob] = WRAPPED.exec(text) ?? []
  if (origin === undefined) return { origin: ownOrigin, [ownKind]: text }
  return { origin, [kind === 'd' ? 'data' : 'signature']: blob! }
}

/**
 * What stands in for a signature where a language demands one and there is none: reasoning that nobody signed.
 * It reads back as a seal of origin `none`, which no upstream gets.
 */
export const UNSIGNED: Seal = { origin: 'none', signature: '' }
