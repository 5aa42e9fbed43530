import type { Seal } from '../../../chat/part.ts'
import { readSeal, sealText } from '../../../chat/seal.ts'

/** Base64 of `sluice.1.`, the start of a wrapped seal. */
const WRAPPED = 'c2x1aWNlLjEu'

/**
 * Replaces the lost signature of a call in the history. The API then skips the check.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const PLACEHOLDER = 'skip_thought_signature_validator'

/**
 * Reads a signature. Google's clients treat it as bytes and can change the base64 alphabet, so a wrapped one is base64.
 */
export function decodeSignature(signature: string): Seal {
  if (!signature.startsWith(WRAPPED)) return { origin: 'gemini', signature }
  return readSeal(Buffer.from(signature, 'base64').toString(), 'gemini')
}

/** Writes a seal for a Gemini client. */
export const encodeSignature = (seal: Seal): string => {
  const text = sealText(seal, 'gemini')
  return seal.origin === 'gemini' ? text : Buffer.from(text).toString('base64')
}

/** The signature to send upstream; undefined: it is not Gemini's. */
export const ownSignature = (seal: Seal | undefined): string | undefined =>
  seal?.origin === 'gemini' ? seal.signature : undefined
