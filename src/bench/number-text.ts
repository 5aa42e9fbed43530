// Measured numbers as short text.

/** Three significant digits with a unit: `870 µs`, `1.25 ms`, `3.4 s`. */
export function formatMicros(micros: number): string {
  if (micros < 999.5) return `${significant(micros)} µs`
  if (micros < 999_500) return `${significant(micros / 1000)} ms`
  return `${significant(micros / 1_000_000)} s`
}

export const formatMillis = (ms: number): string => formatMicros(ms * 1000)

/** `12,345`; below 100 with at most one decimal. */
export function formatCount(value: number): string {
  const rounded = Number(value.toFixed(value < 100 ? 1 : 0))
  return rounded.toLocaleString('en-US')
}

const significant = (value: number) => (value >= 999.5 ? value.toFixed(0) : String(Number(value.toPrecision(3))))
