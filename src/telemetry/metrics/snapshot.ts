// Metrics as data, so that the figures of several processes can be added up.
import { headerText, numberText, sampleText } from './text.ts'

/** How the figures of several processes become one. Counters and histograms are always summed. */
export type MergeRule = 'sum' | 'max' | 'min'

/** The text between the braces, and the value; of a histogram the sum and then the count of each bucket. */
export type SeriesSnapshot = readonly [labels: string, values: readonly number[]]

export interface FamilySnapshot {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly merge: MergeRule
  /** Upper bounds of a histogram without +Inf; empty for other types. */
  readonly bounds: readonly number[]
  readonly series: readonly SeriesSnapshot[]
}

const MERGE: Readonly<Record<MergeRule, (left: number, right: number) => number>> = {
  sum: (left, right) => left + right,
  max: Math.max,
  min: Math.min,
}

/** The figures of several processes as those of one. A family is described as by the first that has it. */
export function mergeSnapshots(snapshots: readonly (readonly FamilySnapshot[])[]): FamilySnapshot[] {
  const merged = new Map<string, { readonly family: FamilySnapshot; readonly series: Map<string, readonly number[]> }>()
  for (const family of snapshots.flat()) {
    let whole = merged.get(family.name)
    if (!whole) merged.set(family.name, (whole = { family, series: new Map() }))
    const combine = MERGE[whole.family.merge]
    for (const [labels, values] of family.series) {
      const known = whole.series.get(labels)
      whole.series.set(labels, known ? known.map((value, index) => combine(value, values[index] ?? value)) : values)
    }
  }
  return Array.from(merged.values(), ({ family, series }) => Object.assign({}, family, { series: [...series] }))
}

/** What stays when a process has gone: what it counted. Its gauges described it, and it is no more. */
export const lasting = (snapshot: readonly FamilySnapshot[]): FamilySnapshot[] =>
  snapshot.filter(({ type }) => type !== 'gauge')

/** The Prometheus text format; send it as METRICS_CONTENT_TYPE. */
export const renderSnapshot = (families: readonly FamilySnapshot[]): string => families.map(familyText).join('')

function familyText(family: FamilySnapshot): string {
  const { name, help, type, series } = family
  let text = headerText(name, help, type)
  for (const [labels, values] of series)
    text += type === 'histogram' ? histogramText(family, labels, values) : sampleText(name, labels, values[0]!)
  return text
}

function histogramText({ name, bounds }: FamilySnapshot, labels: string, [sum, ...counts]: readonly number[]): string {
  const prefix = labels === '' ? '' : `${labels},`
  let text = ''
  let count = 0
  for (const [index, inBucket] of counts.entries()) {
    count += inBucket
    text += sampleText(`${name}_bucket`, `${prefix}le="${numberText(bounds[index] ?? Infinity)}"`, count)
  }
  return text + sampleText(`${name}_sum`, labels, sum!) + sampleText(`${name}_count`, labels, count)
}
