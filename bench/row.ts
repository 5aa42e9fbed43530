// One row of the result table.
import type { Values } from './rounds.ts'
import type { BaselineName } from './baselines.ts'

export type Bound =
  | { readonly type: 'ratio'; readonly to: BaselineName; readonly most: number }
  /** In the unit of the row. */
  | { readonly type: 'below'; readonly most: number }

export interface Row {
  readonly name: string
  readonly unit: 'µs' | 'ms' | 'MB' | '/s' | 'each'
  readonly values: Values
  readonly bound?: Bound
}

export const RELAYS = ['relay json', 'relay bytes', 'relay stream', 'same format'] as const

export function ratioTo(row: Row, baseline: BaselineName | undefined): number | undefined {
  const [gateway, other] = [row.values.gateway, baseline && row.values[baseline]]
  return gateway === undefined || other === undefined || other <= 0 ? undefined : gateway / other
}

/** True if the direct requests alone already took longer than the allowed addition: the machine is too noisy. */
export const isNoisy = ({ bound, values }: Row): boolean =>
  bound?.type === 'below' && values.direct !== undefined && values.direct > bound.most

/** Whether the bound holds; undefined without a bound or a value, or if a miss may be noise. */
export function isWithin(row: Row): boolean | undefined {
  if (row.bound === undefined || row.values.gateway === undefined) return undefined
  if (row.bound.type === 'below') return row.values.gateway < row.bound.most || (isNoisy(row) ? undefined : false)
  const ratio = ratioTo(row, row.bound.to)
  return ratio === undefined ? undefined : ratio <= row.bound.most
}
