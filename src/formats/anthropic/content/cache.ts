import type { CacheMark } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'

/** Reads `cache_control` of a block, a tool or the request. `rest`: its fields that the canonical mark lacks. */
export function decodeCache(holder: Fields): { mark: { cache?: CacheMark }; rest: object | undefined } {
  const control = holder.object('cache_control')
  if (!control) return { mark: {}, rest: undefined }
  control.oneOf('type', ['ephemeral'])
  const ttl = control.string('ttl')
  return { mark: { cache: ttl === undefined ? {} : { ttl } }, rest: control.rest() }
}

/** Writes `cache_control`. Anthropic caches for 5m or 1h, so any other ttl becomes 1h. */
export function encodeCache(mark: CacheMark | undefined, path: string, losses: Losses): object | undefined {
  if (!mark) return undefined
  const { ttl } = mark
  if (ttl === undefined || ttl === '5m' || ttl === '1h') return { type: 'ephemeral', ...(ttl && { ttl }) }
  losses.note(`${path}: cache ttl`, `changed: set to 1h, because Anthropic supports 5m and 1h, not ${ttl}`)
  return { type: 'ephemeral', ttl: '1h' }
}
