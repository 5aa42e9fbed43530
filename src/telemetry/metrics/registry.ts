import { DURATION_BUCKETS } from './buckets.ts'
import { type Family, type LabelValues, SeriesFamily } from './family.ts'
import { type Counter, type Gauge, type Histogram, type Kind, counterKind, gaugeKind, histogramKind } from './kinds.ts'
import { type FamilySnapshot, type MergeRule, renderSnapshot } from './snapshot.ts'
import { isLabelName, isMetricName } from './text.ts'

export type { Family } from './family.ts'
export type { Counter, Gauge, Histogram } from './kinds.ts'
export { METRICS_CONTENT_TYPE } from './text.ts'

interface MetricOptions<Labels extends readonly string[]> {
  readonly name: string
  readonly help: string
  readonly labels?: Labels
}

export interface ValueOptions<Labels extends readonly string[]> extends MetricOptions<Labels> {
  /** Called at each scrape, which then starts without series: a series that is not set disappears. */
  readonly collect?: (set: (values: LabelValues<Labels>, value: number) => void) => void
}

export interface GaugeOptions<Labels extends readonly string[]> extends ValueOptions<Labels> {
  /** How the gauges of several workers are merged. Default `sum`, which is wrong for times, versions and flags. */
  readonly merge?: MergeRule
}

export interface HistogramOptions<Labels extends readonly string[]> extends MetricOptions<Labels> {
  /** Upper bounds, ascending, inclusive, without +Inf. Default: DURATION_BUCKETS, in seconds. */
  readonly buckets?: readonly number[]
}

/** Creating a metric throws TypeError for an invalid name, label or bucket, and for a name that is taken. */
export interface Registry {
  counter<const Labels extends readonly string[] = []>(options: ValueOptions<Labels>): Family<Labels, Counter>
  gauge<const Labels extends readonly string[] = []>(options: GaugeOptions<Labels>): Family<Labels, Gauge>
  histogram<const Labels extends readonly string[] = []>(options: HistogramOptions<Labels>): Family<Labels, Histogram>
  /** All metrics, as data. */
  snapshot(): FamilySnapshot[]
  /** All metrics, in the Prometheus text format; send it as METRICS_CONTENT_TYPE. */
  render(): string
}

/** The metrics of one process. `maxSeries` bounds the series of each family, for any label values. */
export function createRegistry({ maxSeries }: { readonly maxSeries: number }): Registry {
  const metrics = new Map<string, { readonly collect: () => void; readonly snapshot: () => FamilySnapshot }>()
  const taken = new Set<string>()

  function add<Labels extends readonly string[], Child>(
    { name, help, labels, merge = 'sum' }: MetricOptions<Labels> & { readonly merge?: MergeRule },
    kind: Kind<Child>,
    limit = maxSeries,
  ): SeriesFamily<Labels, Child> {
    checkNames(name, labels ?? [], kind)
    takeNames(taken, name, kind)
    const onDropped = () => own.dropped.with(name).inc()
    const family = new SeriesFamily<Labels, Child>({
      name,
      help,
      labels: labels ?? [],
      kind,
      merge,
      maxSeries: limit,
      onDropped,
    })
    metrics.set(name, { collect: () => {}, snapshot: () => family.snapshot() })
    return family
  }

  function addValue<Labels extends readonly string[], Child extends { value: number }>(
    options: GaugeOptions<Labels>,
    kind: Kind<Child>,
  ): SeriesFamily<Labels, Child> {
    const family = add(options, kind)
    const { name, collect } = options
    if (collect)
      metrics.set(name, {
        collect: () => refill(family, collect, () => own.failed.with(name).inc()),
        snapshot: () => family.snapshot(),
      })
    return family
  }

  const own = {
    dropped: add(DROPPED, counterKind, Infinity), // their labels are metric names, which clients cannot choose
    ignored: add(IGNORED, counterKind, Infinity),
    failed: add(FAILED, counterKind, Infinity),
  }
  function snapshot(): FamilySnapshot[] {
    for (const metric of metrics.values()) metric.collect() // first, because a failure is itself a metric
    return Array.from(metrics.values(), (metric) => metric.snapshot())
  }
  return {
    counter: (options) => addValue(options, counterKind),
    gauge: (options) => addValue(options, gaugeKind),
    histogram(options) {
      const buckets = checkBuckets(options.name, options.buckets ?? DURATION_BUCKETS)
      return add(
        options,
        histogramKind(buckets, () => own.ignored.with(options.name).inc()),
      )
    },
    snapshot,
    render: () => renderSnapshot(snapshot()),
  }
}

const DROPPED = {
  name: 'sluice_metrics_series_dropped_total',
  help: 'Times label values were counted under "other" because the metric had reached its maximum number of series.',
  labels: ['metric'],
} as const

const IGNORED = {
  name: 'sluice_metrics_observations_ignored_total',
  help: 'Observations ignored because they were not finite numbers.',
  labels: ['metric'],
} as const

const FAILED = {
  name: 'sluice_metrics_collect_failures_total',
  help: 'Scrapes in which the value of the metric could not be read.',
  labels: ['metric'],
} as const

function refill<Labels extends readonly string[], Child extends { value: number }>(
  family: SeriesFamily<Labels, Child>,
  collect: NonNullable<ValueOptions<Labels>['collect']>,
  onFailed: () => void,
): void {
  family.clear()
  try {
    collect((values, value) => {
      family.with(...values).value = value
    })
  } catch {
    onFailed() // a metric that cannot be read must not prevent all the others
  }
}

function checkNames(name: string, labels: readonly string[], kind: Kind<unknown>): void {
  if (!isMetricName(name)) throw new TypeError(`"${name}" is not a metric name`)
  const bad = labels.find((label) => !isLabelName(label) || (kind.type === 'histogram' && label === 'le'))
  if (bad !== undefined) throw new TypeError(`"${bad}" cannot be a label of the ${kind.type} ${name}`)
  if (new Set(labels).size < labels.length) throw new TypeError(`The metric ${name} has a label twice`)
}

function takeNames(taken: Set<string>, name: string, kind: Kind<unknown>): void {
  const names = kind.suffixes.map((suffix) => name + suffix)
  const twice = names.find((each) => taken.has(each))
  if (twice !== undefined) throw new TypeError(`The metric name ${twice} is taken`)
  for (const each of names) taken.add(each)
}

function checkBuckets(name: string, bounds: readonly number[]): readonly number[] {
  const isAscending = bounds.every(
    (bound, index) => Number.isFinite(bound) && (index === 0 || bound > bounds[index - 1]!),
  )
  if (!isAscending || bounds.length === 0) throw new TypeError(`The buckets of ${name} must be finite and ascend`)
  return bounds
}
