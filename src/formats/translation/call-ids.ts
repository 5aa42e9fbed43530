import { createHash } from 'node:crypto'

/** What a format accepts as the id of a tool call. */
export interface IdRule {
  readonly pattern: RegExp
  /** The length of a replacement id, in letters and digits. */
  readonly length: number
}

/**
 * Creates a function that maps ids to ids that an upstream accepts. A valid id stays; an invalid one is replaced by a
 * hash of itself, so that the same history has the same ids at every turn and the upstream's prompt cache stays warm.
 * Different ids stay different. Create one function per request.
 */
export function createCallIds({ pattern, length }: IdRule): (id: string) => string {
  const made = new Map<string, string>()
  const taken = new Set<string>()
  return (id) => {
    const known = made.get(id)
    if (known !== undefined) return known
    let fitting = id
    for (let salt = 0; !pattern.test(fitting) || taken.has(fitting); salt++) fitting = hashOf(`${salt}${id}`, length)
    made.set(id, fitting)
    taken.add(fitting)
    return fitting
  }
}

const hashOf = (text: string, length: number): string =>
  createHash('sha256')
    .update(text)
    .digest('base64')
    .replaceAll(/[^a-zA-Z0-9]/g, '')
    .slice(0, length)
