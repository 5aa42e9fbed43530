import type { Kind } from './kinds.ts'
import type { FamilySnapshot, MergeRule } from './snapshot.ts'
import { labelText } from './text.ts'

/** One string for each label name. */
export type LabelValues<Labels extends readonly string[]> = { readonly [Name in keyof Labels]: string }

/** All series of one metric name: a child for each set of label values. */
export interface Family<Labels extends readonly string[], Child> {
  /**
   * The child of these label values, created on first use. The same values give the same child, which callers may keep.
   *
   * Values are cut to 200 characters. Beyond the registry's `maxSeries`, a new set of values gets the child whose
   * labels are all `other`, and sluice_metrics_series_dropped_total counts it.
   */
  with(...values: LabelValues<Labels>): Child
  /** Removes a series. A child that is still referenced is no longer rendered. */
  remove(...values: LabelValues<Labels>): void
}

export interface FamilyParts<Child> {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly kind: Kind<Child>
  readonly merge: MergeRule
  readonly maxSeries: number
  readonly onDropped: () => void
}

const MAX_VALUE_LENGTH = 200

/** Separates label values in a key; no label value contains it. */
const SEPARATOR = '\0'

interface Series<Child> {
  readonly labels: string
  readonly child: Child
}

/** A family, with the methods that only its registry uses. */
export class SeriesFamily<Labels extends readonly string[], Child> implements Family<Labels, Child> {
  readonly #parts: FamilyParts<Child>
  readonly #series = new Map<string, Series<Child>>()
  /** The last set of values and its child: most calls repeat it, and comparing is cheaper than joining. */
  #last: { readonly values: readonly string[]; readonly child: Child } | undefined

  constructor(parts: FamilyParts<Child>) {
    this.#parts = parts
  }

  with(...values: LabelValues<Labels>): Child {
    const last = this.#last
    if (last && isSame(last.values, values)) return last.child
    const child = this.#series.get(keyOf(values))?.child ?? this.#withClean(values.map(clean))
    this.#last = { values, child }
    return child
  }

  remove(...values: LabelValues<Labels>): void {
    this.#series.delete(keyOf(values.map(clean)))
    this.#last = undefined
  }

  clear(): void {
    this.#series.clear()
    this.#last = undefined
  }

  snapshot(): FamilySnapshot {
    const { name, help, kind, merge } = this.#parts
    const series = Array.from(this.#series.values(), ({ labels, child }) => [labels, kind.read(child)] as const)
    return { name, help, type: kind.type, merge, bounds: kind.bounds, series }
  }

  #withClean(values: readonly string[]): Child {
    const known = this.#series.get(keyOf(values))
    if (known) return known.child
    if (this.#series.size < this.#parts.maxSeries || values.length === 0) return this.#add(values)
    this.#parts.onDropped()
    const others = values.map(() => 'other')
    return this.#series.get(keyOf(others))?.child ?? this.#add(others)
  }

  #add(values: readonly string[]): Child {
    const { labels, kind } = this.#parts
    const child = kind.create()
    this.#series.set(keyOf(values), { labels: labelText(labels, values), child })
    return child
  }
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false
  return true
}

const keyOf = (values: readonly string[]) => (values.length === 1 ? values[0]! : values.join(SEPARATOR))

/** Truncates before `toWellFormed`, which then repairs a split character too: two series must not be equal in UTF-8. */
const clean = (value: string) => value.slice(0, MAX_VALUE_LENGTH).replaceAll(SEPARATOR, ' ').toWellFormed()
