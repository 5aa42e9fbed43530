/** The states of an endpoint, the most restrictive first. If several apply, the first one is reported. */
export const healthStates = [
  'draining', // drained by an operator: no new calls
  'down', // it missed its active checks
  'misconfigured', // it rejects the credentials or does not have the model
  'open', // ejected after failures
  'half-open', // the cooldown has ended, and one call tests it
  'backing-off', // overloaded or rate-limited, until a time it gave
  'suspect', // one of its streams stalled: last choice
  'warming', // new or recovered: few calls at first
  'ready',
] as const

export type HealthState = (typeof healthStates)[number]

/** A change of state; the time is in milliseconds of the monotonic clock. */
export interface HealthChange {
  readonly state: HealthState
  readonly reason: string
  readonly atMs: number
}

/** `value` with a jitter of up to a fifth, so that endpoints that failed together are not retried together. */
export const spread = (value: number, random: () => number): number => value * (0.8 + 0.4 * random())
