import type { CacheMark } from '../../chat/part.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'

/** The `cache_control` of a block, a tool or the request; `rest` is what it says beyond the canonical mark. */
export function decodeCache(holder: Fields): { mark: { cache?: CacheMark }; rest: object | undefined } {
  const control = holder.object('cache_control')
  if (!control) return { mark: {}, rest: undefined }
  control.oneOf('type', ['ephemeral'])
  const ttl = control.string('ttl')
  return { mark: { cache: ttl === undefined ? {} : { ttl } }, rest: control.rest() }
}

/** Anthropic keeps for five minutes or an hour; what should be kept longer is kept for an hour. */
export function encodeCache(mark: CacheMark | undefined, path: string, losses: Losses): object | undefined {
  if (!mark) return undefined
  const { ttl } = mark
  if (ttl === undefined || ttl === '5m' || ttl === '1h') return { type: 'ephemeral', ...(ttl && { ttl }) }
  losses.note(`${path}: cache ttl`, `changed: Anthropic keeps 5m or 1h, so 1h in place of ${ttl}`)
  return { type: 'ephemeral', ttl: '1h' }
}
