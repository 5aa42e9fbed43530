/** The priority bands of a queue, highest first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/** The priority in a header value; any other value is `normal`. */
export const asPriority = (text: string | null): Priority =>
  PRIORITIES.find((priority) => priority === text) ?? 'normal'
