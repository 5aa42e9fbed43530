import type { Seal } from '../../../chat/part.ts'
import { readSealBytes, sealBytes } from '../../../chat/seal.ts'

/**
 * Replaces the lost signature of a call in the history. The API then skips the check.
 * Source: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const PLACEHOLDER = 'skip_thought_signature_validator'

/** Reads a signature of the history. */
export const decodeSignature = (signature: string): Seal => readSealBytes(signature, 'gemini')

/** Writes a seal for a Gemini client. */
export const encodeSignature = (seal: Seal): string => sealBytes(seal, 'gemini')

/** The signature to send upstream; undefined: it is not Gemini's. */
export const ownSignature = (seal: Seal | undefined): string | undefined =>
  seal?.origin === 'gemini' ? seal.signature : undefined
