import type { ChatRequest, Sampling } from '../../../chat/request.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { type Field, fieldName } from '../../fields/field-names.ts'

const UNSUPPORTED = [
  'minP',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
] as const satisfies readonly (keyof Sampling)[]

/** Notes parameters that Anthropic does not have. Throws GatewayError `unsupported_parameter` for several choices. */
export function noteUnsupported(request: ChatRequest, losses: Losses): void {
  const { sampling, metadata, verbosity, store, cacheKey } = request
  const note = (field: Field) => losses.note(fieldName(request, field), 'removed: Anthropic has no such field')
  if ((sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), 'Anthropic generates one choice per request')
  for (const field of UNSUPPORTED) if (isSet(sampling[field])) note(field)
  if (metadata && Object.keys(metadata).length > 0) note('metadata')
  if (verbosity !== undefined && verbosity !== 'medium') note('verbosity')
  if (store) note('store')
  if (cacheKey !== undefined) note('cacheKey')
}

/** A penalty of 0 and `logprobs: false` are the defaults. */
const isSet = (value: unknown): boolean => value !== undefined && value !== false && value !== 0

/** The stop sequences without blank ones, which Anthropic rejects. */
export function encodeStop(request: ChatRequest, losses: Losses): readonly string[] | undefined {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '')
  if (stop.length < request.stop.length)
    losses.note(fieldName(request, 'stop'), 'removed: Anthropic does not accept blank stop sequences')
  return stop.length > 0 ? stop : undefined
}

const TIERS: Readonly<Record<string, object>> = {
  auto: { service_tier: 'auto' },
  priority: { service_tier: 'auto' },
  default: { service_tier: 'standard_only' },
  fast: { speed: 'fast' },
}

export function encodeTier(request: ChatRequest, losses: Losses): object {
  const { tier } = request
  if (tier === undefined) return {}
  if (Object.hasOwn(TIERS, tier)) return TIERS[tier]!
  losses.note(fieldName(request, 'tier'), 'removed: Anthropic has no such tier') // no tier changes the meaning
  return {}
}
