const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** A text that may contain such an integer; few do. */
const MAYBE_LONG = /\d{16}/
const INTEGER = /^-?\d{16,}$/

/**
 * `JSON.parse` that keeps integers that a number cannot represent. Each becomes raw JSON, which `JSON.stringify` writes
 * unchanged (https://tc39.es/proposal-json-parse-with-source). For data that is passed through, such as tool arguments.
 * Throws SyntaxError.
 */
export function parseExact(text: string): unknown {
  if (!MAYBE_LONG.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const { source = '' } = context ?? {}
    return INTEGER.test(source) && String(value) !== source ? rawJSON(source) : value
  })
}
