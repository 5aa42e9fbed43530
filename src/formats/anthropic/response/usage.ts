import { uncachedInput, type Usage, writtenInput } from '../../../chat/usage.ts'
import { withExtra } from '../../translation/extras.ts'
import { isRecord } from '../../fields/fields.ts'

/** `usage` of a message or a `message_delta`. */
type WireUsage = Readonly<Record<string, unknown>>

export interface DecodedUsage {
  readonly usage: Usage
  /** By OpenAI's names. */
  readonly tier?: string
}

const READ: ReadonlySet<string> = new Set([
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
  'output_tokens_details',
  'service_tier',
])

const TIERS: Readonly<Record<string, string>> = { standard: 'default', priority: 'priority', batch: 'batch' }
const WIRE_TIERS: Readonly<Record<string, string>> = { default: 'standard', priority: 'priority', batch: 'batch' }

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

/**
 * Reads the usage of one request. `input_tokens` excludes tokens that were read from or written to a cache. If the
 * request ran in several steps (a compaction before the response), the top level counts only the last step;
 * `iterations` lists all of them. Fields beyond the canonical numbers go into `extra`.
 */
export function decodeUsage(wire: WireUsage): DecodedUsage {
  const steps = executorSteps(wire['iterations'])
  const whole = numbersOf(wire)
  const usage = steps.length > 1 ? withReasoning(steps.map(numbersOf).reduce(sum), whole.reasoning) : whole
  const tier = TIERS[String(wire['service_tier'])]
  const isKept = (key: string) => !READ.has(key) || steps.length > 1 || (key === 'service_tier' && tier === undefined)
  const rest = Object.entries(wire).filter(([key, value]) => value != null && isKept(key))
  return {
    usage: rest.length > 0 ? { ...usage, extra: Object.fromEntries(rest) } : usage,
    ...(tier && { tier }),
  }
}

/** The steps have no details; the top level has those of the whole response. */
const withReasoning = (usage: Usage, reasoning: number | undefined): Usage => ({
  ...usage,
  reasoning: usage.reasoning ?? reasoning,
})

/** Steps of the requested model; an advisor is another model. */
const executorSteps = (iterations: unknown): readonly WireUsage[] =>
  Array.isArray(iterations)
    ? iterations.filter((step): step is WireUsage => isRecord(step) && !String(step['type']).startsWith('advisor'))
    : []

function numbersOf(wire: WireUsage): Usage {
  const [read, written] = [count(wire['cache_read_input_tokens']), count(wire['cache_creation_input_tokens'])]
  const creation = isRecord(wire['cache_creation']) ? wire['cache_creation'] : {}
  const details = isRecord(wire['output_tokens_details']) ? wire['output_tokens_details'] : {}
  return {
    input: (count(wire['input_tokens']) ?? 0) + (read ?? 0) + (written ?? 0),
    cached: read,
    cacheWrite: written,
    cacheWrite1h: count(creation['ephemeral_1h_input_tokens']),
    output: count(wire['output_tokens']) ?? 0,
    reasoning: count(details['thinking_tokens']),
  }
}

const sum = (one: Usage, other: Usage): Usage => ({
  input: one.input + other.input,
  cached: plus(one.cached, other.cached),
  cacheWrite: plus(one.cacheWrite, other.cacheWrite),
  cacheWrite1h: plus(one.cacheWrite1h, other.cacheWrite1h),
  output: one.output + other.output,
  reasoning: plus(one.reasoning, other.reasoning),
})

const plus = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : one + (other ?? 0)

/** Merges a later `usage` of a stream into an earlier one. The numbers are running totals, so the last one is valid. */
export const mergeUsage = (earlier: WireUsage, later: WireUsage): WireUsage => ({
  ...earlier,
  ...Object.fromEntries(Object.entries(later).filter(([, value]) => value != null)),
})

/**
 * Writes usage. All four numbers are always present (default 0), because clients fail without them. `isOwn`: with
 * `extra`.
 */
export function encodeUsage(
  usage: Usage = { input: 0, output: 0 },
  tier?: string,
  isOwn = false,
): Readonly<Record<string, unknown>> {
  const { cached = 0, output, reasoning, extra } = usage
  const cacheWrite = writtenInput(usage) ?? 0
  const cacheWrite1h = usage.cacheWrite1h === undefined ? undefined : Math.min(usage.cacheWrite1h, cacheWrite)
  const wireTier = tier === undefined ? undefined : WIRE_TIERS[tier]
  const wire = {
    input_tokens: uncachedInput(usage),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cached,
    output_tokens: output,
    ...(cacheWrite1h !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: Math.max(0, cacheWrite - cacheWrite1h),
        ephemeral_1h_input_tokens: cacheWrite1h,
      },
    }),
    ...(reasoning !== undefined && { output_tokens_details: { thinking_tokens: reasoning } }),
    ...(wireTier && { service_tier: wireTier }),
  }
  return isOwn ? withExtra(wire, extra) : wire
}
