/** The bands of a queue, the first served first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/** The band that a header asks for; whatever is none is `normal`. */
export const asPriority = (text: string | null): Priority =>
  PRIORITIES.find((priority) => priority === text) ?? 'normal'
