import { editDistance } from './edit-distance.ts'

/** Bounds the work for one wrong name, however many names there are: less than a millisecond for thousands. */
const MAX_COMPARED_LETTERS = 20_000

const MAX_LENGTH = 100

interface Named {
  readonly name: string
  readonly lower: string
}

/**
 * The names closest to `wanted`, best first, at most `max`. Names that differ too much to be a typing error are left
 * out. Of thousands of names, only the most similar ones at the start and the end are compared letter by letter.
 */
export function nearNames(wanted: string, names: readonly string[], max = 3): string[] {
  const lower = wanted.slice(0, MAX_LENGTH).toLowerCase()
  const near: { readonly name: string; readonly distance: number }[] = []
  let letters = 0
  for (const each of likelyFirst(lower, names)) {
    const distance = distanceTo(lower, each.lower)
    if (distance <= allowedDistance(lower, each.name)) near.push({ name: each.name, distance })
    letters += lower.length * Math.min(each.lower.length, MAX_LENGTH)
    if (letters > MAX_COMPARED_LETTERS) break
  }
  return near
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, max)
    .map(({ name }) => name)
}

const allowedDistance = (wanted: string, name: string): number =>
  Math.max(2, Math.floor(Math.max(name.length, wanted.length) * 0.4))

const isPrefixOfOther = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one)

const distanceTo = (wanted: string, name: string): number =>
  isPrefixOfOther(wanted, name) ? 1 : editDistance(wanted, name.slice(0, MAX_LENGTH))

/** The names whose length fits, by the number of letters that they share with `wanted` at the start and the end. */
function* likelyFirst(wanted: string, names: readonly string[]): Generator<Named> {
  const byShared: Named[][] = []
  for (const name of names) {
    const lower = name.toLowerCase()
    const tooFar = Math.abs(name.length - wanted.length) > allowedDistance(wanted, name)
    if (tooFar && !isPrefixOfOther(wanted, lower)) continue
    ;(byShared[sharedLetters(wanted, lower)] ??= []).push({ name, lower })
  }
  for (const equallyShared of byShared.toReversed()) if (equallyShared) yield* equallyShared
}

function sharedLetters(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let atStart = 0
  while (atStart < most && one[atStart] === other[atStart]) atStart++
  let atEnd = 0
  while (atEnd < most - atStart && one.at(-1 - atEnd) === other.at(-1 - atEnd)) atEnd++
  return atStart + atEnd
}

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
