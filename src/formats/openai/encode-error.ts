import type { GatewayError } from '../../errors.ts'

const DONE = 'data: [DONE]\n\n'

/**
 * The body of an error answer, `{"error": {message, type, param, code}}`. An upstream's own words pass as they came.
 * Source: https://platform.openai.com/docs/guides/error-codes
 */
export function encodeError(error: GatewayError): Uint8Array<ArrayBuffer> | string {
  return error.details.upstream?.body ?? encodeEnvelope(error)
}

/**
 * An error as the last events of a stream that has begun. `[DONE]` follows because some clients wait for it; every
 * OpenAI SDK throws on the error event before it reads that far.
 */
export const encodeErrorEvent = (error: GatewayError): string => `data: ${encodeEnvelope(error)}\n\n${DONE}`

function encodeEnvelope(error: GatewayError): string {
  const { upstream, param } = error.details
  const code = upstream?.code ?? error.code
  return JSON.stringify({
    error: { message: error.message, type: upstream?.type ?? error.type, param: param ?? null, code },
  })
}
