import type { GatewayError } from '../../errors.ts'
import { encodeEnvelope } from '../openai-shared/encode-error.ts'

/** The body of an error response. An upstream's own envelope is forwarded unchanged. */
export const encodeError = (error: GatewayError): Uint8Array<ArrayBuffer> | string =>
  error.details.upstream?.body ?? encodeEnvelope(error)
