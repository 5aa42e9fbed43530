import type { CacheMark, Part } from '../../chat/part.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import type { ConverseModel } from './models.ts'

/** The mark that a block is, if it is one and says nothing that a mark here could not. */
export function markIn(block: Fields): CacheMark | undefined {
  const point = block.peek('cachePoint')
  if (!isRecord(point) || point['type'] !== 'default') return undefined
  const { type: _, ttl, ...rest } = point
  if (Object.keys(rest).length > 0 || (ttl !== undefined && typeof ttl !== 'string')) return undefined
  return ttl === undefined ? {} : { ttl }
}

type Markable = Extract<Part, { cache?: CacheMark }>

/** Whether a mark can stand on this part, and none does yet. */
export const isMarkable = (part: Part | undefined): part is Markable =>
  part !== undefined && ['text', 'media', 'tool-call', 'tool-result'].includes(part.type) && !('cache' in part)

export interface CacheContext {
  /** The request was written in this language: its marks go back as they were. */
  readonly isOwn: boolean
  readonly model: ConverseModel
  readonly losses: Losses
}

/**
 * The block that stands behind a marked one, or none. It keeps for five minutes or an hour, and only some models keep at all.
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
  if (model.caches === 'nothing') {
    losses.note(field, 'removed: this model keeps no prompts')
    return []
  }
  return [{ cachePoint: { type: 'default', ...ttlOf(mark, field, model, losses) } }]
}

function ttlOf({ ttl }: CacheMark, field: string, { caches }: ConverseModel, losses: Losses): { ttl?: string } {
  if (ttl === undefined || (caches === 'messages' && ttl === '5m')) return {}
  if (caches === 'messages') {
    losses.note(field, `changed: this model keeps for 5m, not ${ttl}`)
    return {}
  }
  if (ttl === '5m' || ttl === '1h') return { ttl }
  losses.note(field, `changed: Bedrock keeps 5m or 1h, so 1h in place of ${ttl}`)
  return { ttl: '1h' }
}
