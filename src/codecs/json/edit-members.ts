import type { JsonMember } from './scan.ts'
import type { Edit } from './splice.ts'

/** The edit that renames a member and keeps its value. */
export const renameMember = ({ keyStart, start }: JsonMember, name: string): Edit => ({
  start: keyStart,
  end: start,
  text: `${JSON.stringify(name)}:`,
})

/** The edits that remove members together with their commas. `members` are all members of the object, in order. */
export function removeMembers(members: readonly JsonMember[], removed: ReadonlySet<JsonMember>): Edit[] {
  const lastKept = members.findLastIndex((member) => !removed.has(member))
  const edits: Edit[] = []
  for (let index = 0; index < lastKept; index++) {
    if (removed.has(members[index]!)) edits.push(cut(members[index]!.keyStart, members[index + 1]!.keyStart))
  }
  // After the last member that stays, the comma before each removed member is removed instead of the one after it.
  const first = lastKept === -1 ? members[0]?.keyStart : members[lastKept]!.end
  if (lastKept < members.length - 1) edits.push(cut(first!, members.at(-1)!.end))
  return edits
}

const cut = (start: number, end: number): Edit => ({ start, end, text: '' })
