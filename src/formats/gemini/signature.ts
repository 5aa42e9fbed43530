import type { Seal } from '../../chat/part.ts'
import { readSeal, sealText } from '../../chat/seal.ts'

/** Base64 of `sluice.1.`, with which a wrapped seal begins. */
const WRAPPED = 'c2x1aWNlLjEu'

/**
 * Written for a call in the history whose signature is lost: the API then does not check it.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const PLACEHOLDER = 'skip_thought_signature_validator'

/** Signatures are bytes to Google's clients, so a wrapped one has to be base64; they may change its alphabet. */
export function decodeSignature(signature: string): Seal {
  if (!signature.startsWith(WRAPPED)) return { origin: 'gemini', signature }
  return readSeal(Buffer.from(signature, 'base64').toString(), 'gemini')
}

/** A seal for a client that speaks Gemini. */
export const encodeSignature = (seal: Seal): string => {
  const text = sealText(seal, 'gemini')
  return seal.origin === 'gemini' ? text : Buffer.from(text).toString('base64')
}

/** What goes upstream: Gemini's own signature, nobody else's. */
export const ownSignature = (seal: Seal | undefined): string | undefined =>
  seal?.origin === 'gemini' ? seal.signature : undefined
