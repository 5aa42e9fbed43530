import { editDistance } from './edit-distance.ts'

/**
 * The names closest to `wanted`, best first, at most `max`. Names that differ too much to be a typing error are left
 * out.
 */
export function nearNames(wanted: string, names: readonly string[], max = 3): string[] {
  const lower = wanted.slice(0, 100).toLowerCase()
  return names
    .map((name) => ({ name, distance: distanceTo(lower, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(Math.max(name.length, lower.length) * 0.4)))
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, max)
    .map(({ name }) => name)
}

const distanceTo = (wanted: string, name: string): number =>
  name.startsWith(wanted) || wanted.startsWith(name) ? 1 : editDistance(wanted, name.slice(0, 100))

/** What may have been meant, as a sentence of its own. */
export function suggestion(asked: string, names: readonly string[]): string {
  const near = nearNames(asked, names)
  if (near.length > 0) return ` Did you mean ${near.map(quote).join(' or ')}?`
  return names.length > 0 && names.length <= 10
    ? ` There are ${names.map(quote).join(', ')}.`
    : ' GET /v1/models lists them.'
}

/** What a client sent, as it may stand in a message. */
export const quote = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name)
