import type { JsonMember } from './scan.ts'
import type { Edit } from './splice.ts'

/** The edit that gives a member another name and leaves its value as it is. */
export const renameMember = ({ keyStart, start }: JsonMember, name: string): Edit => ({
  start: keyStart,
  end: start,
  text: `${JSON.stringify(name)}:`,
})

/** The edits that take members out together with their commas. `members` are all members of the object, in order. */
export function removeMembers(members: readonly JsonMember[], removed: ReadonlySet<JsonMember>): Edit[] {
  const lastKept = members.findLastIndex((member) => !removed.has(member))
  const edits: Edit[] = []
  for (let index = 0; index < lastKept; index++) {
    if (removed.has(members[index]!)) edits.push(cut(members[index]!.keyStart, members[index + 1]!.keyStart))
  }
  // Behind the last one that stays, the comma before goes instead of the comma after.
  const first = lastKept === -1 ? members[0]?.keyStart : members[lastKept]!.end
  if (lastKept < members.length - 1) edits.push(cut(first!, members.at(-1)!.end))
  return edits
}

const cut = (start: number, end: number): Edit => ({ start, end, text: '' })
