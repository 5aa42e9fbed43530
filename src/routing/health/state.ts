/** What an endpoint can be, from the most to the least that keeps calls away; the first that holds is shown. */
export const healthStates = [
  'draining', // an operator's wish: nothing new
  'down', // it missed its active checks
  'misconfigured', // it refuses our key or does not know the model
  'open', // it failed, and rests
  'half-open', // it has rested, and one call finds out
  'backing-off', // it asked for time
  'suspect', // a stream of it fell silent: last choice
  'warming', // new or back again: little at first
  'ready',
] as const

export type HealthState = (typeof healthStates)[number]

/** The last time that a state became another; the time is of the monotonic clock, in milliseconds. */
export interface HealthChange {
  readonly state: HealthState
  readonly reason: string
  readonly atMs: number
}

/** A number within a fifth of `value`, so that what failed together does not come back together. */
export const spread = (value: number, random: () => number): number => value * (0.8 + 0.4 * random())
