import type { ChatRequest, Sampling } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { type Field, fieldName } from '../fields/field-names.ts'

const LACKING = [
  'minP',
  'seed',
  'frequencyPenalty',
  'presencePenalty',
  'logitBias',
  'logprobs',
  'topLogprobs',
] as const satisfies readonly (keyof Sampling)[]

/** Notes what Anthropic has no field for. Throws GatewayError `unsupported_parameter` for more than one answer. */
export function noteLacking(request: ChatRequest, losses: Losses): void {
  const { sampling, metadata, verbosity, store, cacheKey } = request
  const note = (field: Field) => losses.note(fieldName(request, field), 'removed: Anthropic has no such field')
  if ((sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), 'Anthropic gives one answer to a call')
  for (const field of LACKING) if (isSaid(sampling[field])) note(field)
  if (metadata && Object.keys(metadata).length > 0) note('metadata')
  if (verbosity !== undefined && verbosity !== 'medium') note('verbosity')
  if (store) note('store')
  if (cacheKey !== undefined) note('cacheKey')
}

/** A penalty of 0 and `logprobs: false` are what happens without them. */
const isSaid = (value: unknown): boolean => value !== undefined && value !== false && value !== 0

/** Sequences with something in them: Anthropic refuses others. */
export function encodeStop(request: ChatRequest, losses: Losses): readonly string[] | undefined {
  const stop = request.stop.filter((sequence) => sequence.trim() !== '')
  if (stop.length < request.stop.length)
    losses.note(fieldName(request, 'stop'), 'removed: Anthropic takes no sequences of white space alone')
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
  const field = fieldName(request, 'tier')
  if (tier !== 'flex' && tier !== 'scale') throw unsupported(field, `Anthropic has no tier "${tier}"`)
  losses.note(field, `removed: Anthropic has no tier "${tier}"`)
  return {}
}
