// Metrics as data, so that the metrics of several processes can be merged.
import { headerText, numberText, sampleText } from './text.ts'

/** How the gauges of several processes are merged. Counters and histograms are always summed. */
export type MergeRule = 'sum' | 'max' | 'min'

/** The text between the braces, and the value; for a histogram, the sum and then the count of each bucket. */
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

/** Merges the metrics of several processes. Help and type of a family come from the first that has it. */
export function mergeSnapshots(snapshots: readonly (readonly FamilySnapshot[])[]): FamilySnapshot[] {
  const merged = new Map<string, { readonly family: FamilySnapshot; readonly series: Map<string, readonly number[]> }>()
  for (const family of snapshots.flat()) {
    let entry = merged.get(family.name)
    if (!entry) merged.set(family.name, (entry = { family, series: new Map() }))
    const combine = MERGE[entry.family.merge]
    for (const [labels, values] of family.series) {
      const known = entry.series.get(labels)
      entry.series.set(labels, known ? known.map((value, index) => combine(value, values[index] ?? value)) : values)
    }
  }
  return Array.from(merged.values(), ({ family, series }) => Object.assign({}, family, { series: [...series] }))
}

/** The metrics of a stopped process that remain: its counters and histograms. Its gauges no longer apply. */
export const withoutGauges = (snapshot: readonly FamilySnapshot[]): FamilySnapshot[] =>
  snapshot.filter(({ type }) => type !== 'gauge')

/**
 * A snapshot as text, to be sent to another process: thirty times as fast as a copy of its structure, which would hold a
 * worker with thousands of series for tens of milliseconds each second. Only gauges can be infinite, which JSON cannot.
 */
export const packSnapshot = (families: readonly FamilySnapshot[]): string =>
  JSON.stringify(families.map((family) => (family.type === 'gauge' ? withValues(family, String) : family)))

export const unpackSnapshot = (text: string): FamilySnapshot[] =>
  (JSON.parse(text) as FamilySnapshot[]).map((family) =>
    family.type === 'gauge' ? withValues(family, Number) : family,
  )

const withValues = <Value>(family: FamilySnapshot, convert: (value: number) => Value) => ({
  ...family,
  series: family.series.map(([labels, values]) => [labels, values.map(convert)] as const),
})

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
