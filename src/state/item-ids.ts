/** An id that the store gave to an item that had none, and its number if the list has the item more than once. */
const GIVEN = /^(\w+_[0-9a-f]{32})_\d+$/

/** Ids that name each place of a list: an item that occurs again gets a number. */
export function numbered(ids: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return ids.map((id) => {
    const times = (seen.get(id) ?? 0) + 1
    seen.set(id, times)
    return times === 1 ? id : `${id}_${times}`
  })
}

/** The id without the number of its place. */
export const withoutNumber = (id: string): string => GIVEN.exec(id)?.[1] ?? id
