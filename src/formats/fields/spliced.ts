import { GatewayError } from '../../errors.ts'

/**
 * The error for a stream in which another response begins before the first has ended: a proxy sent the events of two
 * upstreams. Neither response is complete, and their parts must not be joined.
 */
export const splicedStream = (): GatewayError =>
  new GatewayError('upstream_malformed', 'The upstream began another response before the first one had ended.')

/** Whether two ids are known and differ. */
export const areDifferent = (one: unknown, other: unknown): boolean =>
  typeof one === 'string' && typeof other === 'string' && one !== '' && other !== '' && one !== other
