// Keys of version 0.1 and their replacements. They are rejected like unknown keys, but the problem names the new key.
import type { Path } from './source-positions.ts'

/** The old path, with `*` for a name, and the text to write at the same position. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = {
  calls: '"requests"',
  'server.drain': '"drainTimeout"',
  'server.keepAlive': '"streamKeepAlive"',
  'log.calls': '"requests"',
  'providers.*.health.failures': '"failureThreshold"',
  'providers.*.health.open': '"cooldown"',
  'providers.*.health.off': '"enabled: false" for "off: true"',
  'models.*.strict': '"strictTranslation"',
  'models.*.keepAlive': '"streamKeepAlive"',
  'models.*.retriesAfter': '"retriesOn"',
  'models.*.admission.queue': '"maxQueued"',
  'models.*.admission.adaptive': '"adaptiveConcurrency"',
}

const NAMED = new Set(['providers', 'models'])

/** The replacement of the key at `path`; undefined if the key was not renamed. */
export function newNameAt(path: Path): string | undefined {
  const pattern = path.map((key, depth) => (depth === 1 && NAMED.has(String(path[0])) ? '*' : String(key))).join('.')
  return Object.hasOwn(RENAMED_KEYS, pattern) ? RENAMED_KEYS[pattern] : undefined
}
