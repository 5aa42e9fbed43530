// Every provider demands that the results of tool calls stand directly after the calls, one for each.
import type { Report } from './report.ts'

export interface CallRef {
  readonly id: unknown
  readonly place: string
}

/** One turn, after the neighbors of one role have been joined. */
export interface PairTurn {
  readonly calls: readonly CallRef[]
  readonly results: readonly CallRef[]
}

export const EMPTY_TURN: PairTurn = { calls: [], results: [] }

/** Each call has one result in the next turn; each result has its call in the turn before. */
export function checkPairs(report: Report, turns: readonly PairTurn[]): void {
  turns.forEach(({ calls, results }, at) => {
    const asked = idsOf(turns[at - 1]?.calls)
    const answered = idsOf(turns[at + 1]?.results)
    for (const { id, place } of results)
      if (!asked.has(id)) report(place, `no tool call ${shown(id)} stands directly before this result`)
    for (const { id, place } of calls)
      if (!answered.has(id)) report(place, `no result stands directly after the tool call ${shown(id)}`)
    checkUnique(report, results, 'result of the tool call')
  })
}

/** Reports every id that occurred before. */
export function checkUnique(report: Report, refs: readonly CallRef[], what: string): void {
  const seen = new Set<unknown>()
  for (const { id, place } of refs) {
    if (seen.has(id)) report(place, `a second ${what} ${shown(id)}`)
    seen.add(id)
  }
}

export function checkIds(report: Report, refs: readonly CallRef[], pattern: RegExp): void {
  for (const { id, place } of refs)
    if (typeof id !== 'string' || !pattern.test(id)) report(place, `the id of a tool call must match ${pattern.source}`)
}

const idsOf = (refs: readonly CallRef[] = []): ReadonlySet<unknown> => new Set(refs.map(({ id }) => id))

const shown = (id: unknown): string => (typeof id === 'string' ? `"${id}"` : 'without id')
