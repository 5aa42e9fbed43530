// One line of the result.
import type { Values } from './rounds.ts'
import type { RivalName } from './rivals.ts'

export type Bound =
  | { readonly type: 'ratio'; readonly to: RivalName; readonly most: number }
  /** In the unit of the row. */
  | { readonly type: 'below'; readonly most: number }

export interface Row {
  readonly name: string
  readonly unit: 'µs' | 'ms' | 'MB' | '/s'
  readonly values: Values
  readonly bound?: Bound
}

export const RELAYS = ['relay json', 'relay bytes', 'relay stream'] as const

export function ratioTo(row: Row, rival: RivalName | undefined): number | undefined {
  const [ours, theirs] = [row.values.gateway, rival && row.values[rival]]
  return ours === undefined || theirs === undefined || theirs <= 0 ? undefined : ours / theirs
}

/** Whether the bound holds; undefined when there is none, or nothing to hold against it. */
export function isWithin(row: Row): boolean | undefined {
  if (row.bound === undefined || row.values.gateway === undefined) return undefined
  if (row.bound.type === 'below') return row.values.gateway < row.bound.most
  const ratio = ratioTo(row, row.bound.to)
  return ratio === undefined ? undefined : ratio <= row.bound.most
}
