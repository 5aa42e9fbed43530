import type { GatewayError } from '../errors.ts'
import { encodeError } from '../formats/openai-passthrough/encode-error.ts'

/** A JSON response of Sluice's own pages. */
export const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })

/**
 * The response to an error outside of any call: an unknown path, a wrong method, an invalid admin request. `encoded`: in
 * the client's format, if that is not OpenAI's.
 */
export const errorResponse = (
  error: GatewayError,
  requestId: string,
  encoded: { readonly status: number; readonly body: string | Uint8Array<ArrayBuffer> } = {
    status: error.status,
    body: encodeError(error),
  },
): Response =>
  new Response(encoded.body, {
    status: encoded.status,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...error.details.headers },
  })
