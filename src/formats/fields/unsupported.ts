import { GatewayError } from '../../errors.ts'

/**
 * The error for a request field that the target cannot express and that must not be dropped, because that would change
 * the meaning of the request. The message is `FIELD: WHY.`, with one full stop.
 */
export const unsupported = (field: string, why: string): GatewayError =>
  new GatewayError('unsupported_parameter', `${field}: ${why.endsWith('.') ? why : `${why}.`}`, { param: field })

/** Whether `encode` succeeds: false if it throws `unsupported_parameter`. */
export function isSupported(encode: () => unknown): boolean {
  try {
    encode()
    return true
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unsupported_parameter') return false
    throw error
  }
}
