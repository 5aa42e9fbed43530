import type { GatewayError } from '../../../errors.ts'
import { encodeEnvelope } from '../../openai-shared/encode-error.ts'

/** Both of OpenAI's formats have the same error envelope. */
export { encodeError } from '../../openai-shared/encode-error.ts'

/** The fields of an `error` event: its envelope, without braces. OpenAI's libraries throw on it. */
export const errorFields = (error: GatewayError): string => encodeEnvelope(error).slice(1, -1)

/** The `error` of a failed response. */
export function responseError(error: GatewayError): { code: string; message: string } {
  const { code, message } = (JSON.parse(encodeEnvelope(error)) as { error: { code: string; message: string } }).error
  return { code, message }
}
