// Formats in which turns alternate.

export type Placed = readonly [role: 'user' | 'assistant', part: object]

/** Neighbours of one role are one turn. */
export function grouped(parts: readonly Placed[], create: (role: Placed[0], parts: object[]) => object): object[] {
  const turns: [Placed[0], object[]][] = []
  for (const [role, part] of parts) {
    const last = turns.at(-1)
    if (last?.[0] === role) last[1].push(part)
    else turns.push([role, [part]])
  }
  return turns.map(([role, list]) => create(role, list))
}
