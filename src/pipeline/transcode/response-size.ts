import { GatewayError } from '../../errors.ts'
import { formatBytes } from '../../units.ts'

/** Vectors of 2,048 inputs are some 50 MB; a larger response does not come from a model. */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024

export const tooLargeResponse = (): GatewayError =>
  new GatewayError('upstream_malformed', `The upstream's response is larger than ${formatBytes(MAX_RESPONSE_BYTES)}.`)
