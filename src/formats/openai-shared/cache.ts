import type { CacheMark } from '../../chat/part.ts'
import type { Target } from '../format.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { writesCacheBreakpoints } from './models.ts'

/**
 * The cache mark on a part: OpenAI's `prompt_cache_breakpoint`, or Anthropic's `cache_control`, which OpenRouter and
 * LiteLLM use in this format too.
 */
export function decodeCache(fields: Fields): { cache?: CacheMark } {
  const mark = fields.object('cache_control') ?? fields.object('prompt_cache_breakpoint')
  if (!mark) return {}
  const ttl = mark.string('ttl')
  return { cache: ttl === undefined ? {} : { ttl } }
}

/**
 * OpenAI caches for 30 minutes or 12 hours, Anthropic for 5 minutes or 1 hour. Each TTL maps to the shortest that is
 * enough.
 */
const BREAKPOINT_TTL: Readonly<Record<string, string>> = { '30m': '30m', '12h': '12h', '5m': '30m', '1h': '12h' }
const CONTROL_TTL: Readonly<Record<string, string>> = { '5m': '5m', '1h': '1h', '30m': '1h', '12h': '1h' }

/** The place of a mark. Content can have any mark; other places can have only Anthropic's. */
export type MarkedPlace = 'content' | 'elsewhere'

/** The mark in the form that the target accepts, as an object to spread; `{}` and a loss if it accepts none. */
export function encodeCache(
  cache: CacheMark | undefined,
  place: MarkedPlace,
  path: string,
  { target, losses }: { readonly target: Target; readonly losses: Losses },
): Readonly<Record<string, unknown>> {
  if (!cache) return {}
  if (target.capabilities.has('cache-control'))
    return { cache_control: withTtl({ type: 'ephemeral' }, cache, CONTROL_TTL) }
  if (place === 'content' && writesCacheBreakpoints(target.baseModel))
    return { prompt_cache_breakpoint: withTtl({ mode: 'explicit' }, cache, BREAKPOINT_TTL) }
  losses.note(`${path}.cache_control`, 'removed: the model has no explicit cache marks')
  return {}
}

function withTtl(mark: object, { ttl }: CacheMark, known: Readonly<Record<string, string>>): object {
  return ttl === undefined ? mark : { ...mark, ttl: known[ttl] ?? ttl }
}
