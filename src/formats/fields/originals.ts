// What a value of the canonical model was read from, where several spellings in one language mean the same (a schema in
// two dialects). The canonical value stands for all languages; its own language gets back what the client wrote. A
// value that somebody changed is another object and has no original: what it says then counts.
const originals = new WeakMap<object, unknown>()

export function withOriginal<Value extends object>(value: Value, original: unknown): Value {
  originals.set(value, original)
  return value
}

export const originalOf = (value: object): unknown => originals.get(value)
