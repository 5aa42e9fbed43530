import { GatewayError } from '../../errors.ts'

/** For what changes the meaning of a call when it is left out. */
export const unsupported = (field: string, why: string): GatewayError =>
  new GatewayError('unsupported_parameter', `${field}: ${why}`, { param: field })
