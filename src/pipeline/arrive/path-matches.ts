import type { RoutingTable } from '../../routing/table.ts'
import type { PathMatch } from '../call/arrival.ts'
import { matchPath } from './match-path.ts'
import { tidyPath } from './tidy-path.ts'

/** Bounded, so that hostile clients cannot fill the memory. */
const MAX_REMEMBERED = 1000

/** What is at each path, for one routing table. Remembers matches, because paths repeat. */
export class PathMatches {
  readonly #table: RoutingTable
  readonly #known = new Map<string, PathMatch>()

  constructor(table: RoutingTable) {
    this.#table = table
  }

  match(path: string): PathMatch | undefined {
    const known = this.#known.get(path)
    if (known) return known
    const found = matchPath(path, this.#table)
    if (!found) return this.#matchTidied(path)
    const isRepeated = found.pathModel === undefined && found.resource === undefined
    if (isRepeated && this.#known.size < MAX_REMEMBERED) this.#known.set(path, found)
    return found
  }

  /** Not remembered: there are any number of such paths. A provider's own path is forwarded as it is. */
  #matchTidied(path: string): PathMatch | undefined {
    const tidied = tidyPath(path)
    const found = tidied === path ? undefined : matchPath(tidied, this.#table)
    return found?.operation === 'passthrough' ? undefined : found
  }
}
