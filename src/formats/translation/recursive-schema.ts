import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import { resolvePointer } from './json-pointer.ts'

/** Real schemas have fewer. The limits bound the time that a hostile one takes. */
const MAX_REFERENCES = 500
const MAX_VISITED = 500_000

/** Whether a schema contains a reference that leads back to itself, or too many references to find out. */
export function isRecursive(root: JsonObject): boolean {
  const leadsBack = new Map<string, boolean>()
  let visited = 0
  const follow = (ref: string): boolean => {
    const known = leadsBack.get(ref)
    if (known !== undefined) return known
    leadsBack.set(ref, true) // as long as it is open
    const isBack = leadsBack.size > MAX_REFERENCES || refsIn(resolvePointer(root, ref)).some(follow)
    leadsBack.set(ref, isBack)
    return isBack
  }
  /** The references in a value, without following them. */
  const refsIn = (value: unknown): string[] => {
    const [refs, queue] = [new Set<string>(), [value]]
    for (const each of queue) {
      if (++visited > MAX_VISITED) break
      if (isRecord(each) && typeof each['$ref'] === 'string') refs.add(each['$ref'])
      if (typeof each === 'object' && each !== null) for (const inner of Object.values(each)) queue.push(inner)
    }
    return [...refs]
  }
  return refsIn(root).some(follow) || visited > MAX_VISITED
}
