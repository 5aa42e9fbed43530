// The original of a canonical value, where one format can write the same meaning in several ways (a schema in two
// dialects). The canonical value is used for all formats; the value's own format gets back what the client wrote. A
// changed value is another object and has no original, so the change counts.
const originals = new WeakMap<object, unknown>()

export function withOriginal<Value extends object>(value: Value, original: unknown): Value {
  originals.set(value, original)
  return value
}

export const originalOf = (value: object): unknown => originals.get(value)
