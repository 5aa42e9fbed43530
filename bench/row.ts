// One line of the result.
import type { Values } from './rounds.ts'
import type { BaselineName } from './baselines.ts'

export type Bound =
  | { readonly type: 'ratio'; readonly to: BaselineName; readonly most: number }
  /** In the unit of the row. */
  | { readonly type: 'below'; readonly most: number }

export interface Row {
  readonly name: string
  readonly unit: 'µs' | 'ms' | 'MB' | '/s'
  readonly values: Values
  readonly bound?: Bound
}

export const RELAYS = ['relay json', 'relay bytes', 'relay stream', 'same language'] as const

export function ratioTo(row: Row, baseline: BaselineName | undefined): number | undefined {
  const [ours, theirs] = [row.values.gateway, baseline && row.values[baseline]]
  return ours === undefined || theirs === undefined || theirs <= 0 ? undefined : ours / theirs
}

/** On this machine, now, the calls without a rival already took longer than what the rival may add. */
export const isNoisy = ({ bound, values }: Row): boolean =>
  bound?.type === 'below' && values.direct !== undefined && values.direct > bound.most

/** Whether the bound holds; undefined when there is none, nothing to hold against it, or too much noise to say that it does not. */
export function isWithin(row: Row): boolean | undefined {
  if (row.bound === undefined || row.values.gateway === undefined) return undefined
  if (row.bound.type === 'below') return row.values.gateway < row.bound.most || (isNoisy(row) ? undefined : false)
  const ratio = ratioTo(row, row.bound.to)
  return ratio === undefined ? undefined : ratio <= row.bound.most
}
