const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** What could be such an integer at all; few texts have one. */
const MAYBE_LONG = /\d{16}/
const INTEGER = /^-?\d{16,}$/

/**
 * `JSON.parse` that keeps integers no number can hold: each becomes raw JSON, which `JSON.stringify` writes as it came
 * (https://tc39.es/proposal-json-parse-with-source). For data that passes through, such as the arguments of tools.
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
