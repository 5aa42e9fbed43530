import { GatewayError } from '../errors.ts'
import { readRequest } from '../formats/openai/read-request.ts'
import { formatBytes } from '../units.ts'
import type { Step } from './compose.ts'

/** Reads the body up to the limit, and its envelope. */
export const bodyRead: Step = (next) => async (call) => {
  const { headers } = call.request
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity')
    throw new GatewayError(
      'invalid_request',
      `A "${encoding.slice(0, 40)}" body is not accepted: send the JSON as it is.`,
    )
  call.body = await readBody(call.request, call.snapshot.maxBodyBytes)
  call.readMs = performance.now()
  if (call.operation !== 'models') call.envelope = readRequest(call.body, call.operation)
  return next(call)
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes)
  try {
    if (declared !== null) return new Uint8Array(await request.arrayBuffer())
    return await readChunks(request, maxBytes)
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    throw new GatewayError('client_closed', 'The client left before its request was complete.', { cause: thrown })
  }
}

/** A body of unannounced length is counted as it comes. */
async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

const tooLarge = (maxBytes: number) =>
  new GatewayError(
    'request_too_large',
    `The request body is larger than the ${formatBytes(maxBytes)} allowed here (server.maxBody).`,
  )
