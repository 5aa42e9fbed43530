import type { Loss } from './losses.ts'

/**
 * The losses as texts for the client: `messages[1].name: removed: ...`. The same loss at several places of a list is one
 * text with the first place and the number of others, because a long history repeats its losses.
 */
export function lossTexts(losses: readonly Loss[]): string[] {
  const groups = new Map<string, { readonly first: Loss; others: number }>()
  for (const loss of losses) {
    const key = `${loss.field.replaceAll(/\[\d+\]/g, '[]')}: ${loss.what}`
    const group = groups.get(key)
    if (group) group.others++
    else groups.set(key, { first: loss, others: 0 })
  }
  return [...groups.values()].map(({ first: { field, what }, others }) =>
    others === 0 ? `${field}: ${what}` : `${field} and ${others} more: ${what}`,
  )
}
