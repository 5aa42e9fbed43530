// Sizes and durations as operators write them: 32mb, 60s, 250ms.

const BYTES = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** Bytes of `32mb`, `64 KB`, `1024`; undefined if it is not a size. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?\s*$/i.exec(text)
  if (!match) return undefined
  return Math.round(Number(match[1]) * BYTES[(match[2]?.toLowerCase() ?? 'b') as keyof typeof BYTES])
}

/** Milliseconds of `60s`, `1.5m`, `250ms`; undefined if it is not a duration. A number without a unit is rejected. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)\s*$/i.exec(text)
  if (!match) return undefined
  return Math.round(Number(match[1]) * MILLISECONDS[match[2]!.toLowerCase() as keyof typeof MILLISECONDS])
}

/** Bytes as text: `33554432` as `32 MB`. */
export function formatBytes(bytes: number): string {
  const unit = (['gb', 'mb', 'kb'] as const).find((name) => bytes >= BYTES[name]) ?? 'b'
  const value = bytes / BYTES[unit]
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit === 'b' ? 'bytes' : unit.toUpperCase()}`
}

/** Milliseconds as text: `90000` as `1.5m`. */
export function formatDuration(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => ms >= MILLISECONDS[name]) ?? 'ms'
  const value = ms / MILLISECONDS[unit]
  return `${Number.isInteger(value) ? value : value.toFixed(1)}${unit}`
}
