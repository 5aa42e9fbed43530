import type { ErrorCode, GatewayError } from '../errors.ts'

/** The lists of fallback models, each for one kind of failure. */
export const fallbackKinds = ['any', 'contextWindow', 'contentPolicy'] as const
export type FallbackKind = (typeof fallbackKinds)[number]

/** Model names in the order in which they are tried. */
export type Fallbacks = Readonly<Record<FallbackKind, readonly string[]>>

export const NO_FALLBACKS: Fallbacks = { any: [], contextWindow: [], contentPolicy: [] }

const KINDS: Readonly<Partial<Record<ErrorCode, FallbackKind>>> = {
  context_length_exceeded: 'contextWindow',
  content_policy_violation: 'contentPolicy',
}

/** The fallback list for this failure; undefined if another model would fail too. */
export const fallbackKindOf = ({ code, retryable }: GatewayError): FallbackKind | undefined =>
  KINDS[code] ?? (retryable ? 'any' : undefined)
