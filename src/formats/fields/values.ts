/** The value if it is a non-empty string; otherwise undefined. */
export const filled = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The number that a JSON number or text stands for; NaN for anything else. `Number` itself throws for some objects. */
export const numberOf = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN

/** The text of a JSON string or number, to look it up by; empty for anything else. `String` itself throws for some objects. */
export const stringOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''
