import type { ErrorCode, GatewayError } from '../errors.ts'

/** Lists of models to ask instead, each for one kind of failure. */
export const fallbackKinds = ['any', 'contextWindow', 'contentPolicy'] as const
export type FallbackKind = (typeof fallbackKinds)[number]

/** Names in the order in which they are asked. */
export type Fallbacks = Readonly<Record<FallbackKind, readonly string[]>>

export const NO_FALLBACKS: Fallbacks = { any: [], contextWindow: [], contentPolicy: [] }

const KINDS: Readonly<Partial<Record<ErrorCode, FallbackKind>>> = {
  context_length_exceeded: 'contextWindow',
  content_policy_violation: 'contentPolicy',
}

/** The list to turn to after this failure; undefined when no other model would do better. */
export const fallbackKindOf = ({ code, retryable }: GatewayError): FallbackKind | undefined =>
  KINDS[code] ?? (retryable ? 'any' : undefined)
