import type { CacheMark, Part } from '../../../chat/part.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import type { ConverseModel } from '../models.ts'

/**
 * Reads a block that is a cache mark. Undefined: it is another block, or has fields that a cache mark cannot express.
 */
export function markIn(block: Fields): CacheMark | undefined {
  const point = block.peek('cachePoint')
  if (!isRecord(point) || point['type'] !== 'default') return undefined
  const { type: _, ttl, ...rest } = point
  if (Object.keys(rest).length > 0 || (ttl !== undefined && typeof ttl !== 'string')) return undefined
  return ttl === undefined ? {} : { ttl }
}

type Markable = Extract<Part, { cache?: CacheMark }>

/** Whether the part can have a cache mark and has none yet. */
export const isMarkable = (part: Part | undefined): part is Markable =>
  part !== undefined && ['text', 'media', 'tool-call', 'tool-result'].includes(part.type) && !('cache' in part)

export interface CacheContext {
  /** The request was read from the Converse format: cache marks are written unchanged. */
  readonly isOwn: boolean
  readonly model: ConverseModel
  readonly losses: Losses
}

/**
 * The cache point after a marked block, or an empty list. A cache point lasts 5m or 1h, and only some models support
 * it.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function encodeMark(
  mark: CacheMark | undefined,
  path: string,
  { isOwn, model, losses }: CacheContext,
): readonly object[] {
  if (!mark) return []
  if (isOwn) return [{ cachePoint: { type: 'default', ...mark } }]
  const field = `${path}: cache mark`
  if (model.caches === 'none') {
    losses.note(field, 'removed: this model does not support prompt caching')
    return []
  }
  return [{ cachePoint: { type: 'default', ...ttlOf(mark, field, model, losses) } }]
}

function ttlOf({ ttl }: CacheMark, field: string, { caches }: ConverseModel, losses: Losses): { ttl?: string } {
  if (ttl === undefined || (caches === 'messages' && ttl === '5m')) return {}
  if (caches === 'messages') {
    losses.note(field, `changed: set to 5m, because this model does not support ${ttl}`)
    return {}
  }
  if (ttl === '5m' || ttl === '1h') return { ttl }
  losses.note(field, `changed: set to 1h, because Bedrock supports 5m and 1h, not ${ttl}`)
  return { ttl: '1h' }
}
