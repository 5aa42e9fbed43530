import type { GatewayError } from '../../errors.ts'
import { encodeEnvelope } from '../openai-shared/encode-error.ts'

/** The body of an error answer. An upstream's own envelope passes as it came. */
export const encodeError = (error: GatewayError): Uint8Array<ArrayBuffer> | string =>
  error.details.upstream?.body ?? encodeEnvelope(error)
