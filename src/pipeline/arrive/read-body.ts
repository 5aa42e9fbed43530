import { GatewayError } from '../../errors.ts'
import { isFormType } from '../../codecs/multipart/boundary.ts'
import { readFormRequest } from '../../formats/envelope/read-form-request.ts'
import { type Envelope, readRequest } from '../../formats/envelope/read-request.ts'
import type { Api } from '../../formats/apis/api.ts'
import { formatBytes } from '../../units.ts'
import type { Watchdog } from '../../upstream/watchdog.ts'
import { BodyClock } from './body-clock.ts'
import type { Arrival, Payload } from '../call/arrival.ts'
import { CallBody, UNREAD_ENVELOPE } from '../call/body.ts'
import type { Step } from '../call/step.ts'
import { inflated, inflaterOf } from './inflate.ts'

/** Reads the body up to `server.maxBody`, decompresses it, and reads its envelope. */
export const bodyRead =
  (watchdog: Watchdog): Step =>
  (next) =>
  async (call) => {
    const { arrival } = call
    const { headers } = arrival.client
    const maxBodyBytes = Math.min(arrival.snapshot.maxBodyBytes, call.payloadCheck?.maxBytes ?? Infinity)
    const inflate = inflaterOf(headers)
    const received = await readBody(arrival.payload, headers, maxBodyBytes, watchdog)
    const tooLargeError = () => tooLarge(maxBodyBytes)
    call.payloadCheck?.check(received)
    const bytes = inflate ? await inflated(received, inflate, maxBodyBytes, tooLargeError) : received
    const readMs = performance.now()
    const envelope =
      arrival.api?.operation === arrival.operation ? readEnvelope(arrival, arrival.api, bytes) : UNREAD_ENVELOPE
    call.body = new CallBody(bytes, envelope, readMs, arrival)
    return next(call)
  }

function readEnvelope({ client, pathStream }: Arrival, api: Api, bytes: Uint8Array<ArrayBuffer>): Envelope {
  const type = client.headers.get('content-type')
  if (api.media && api.media.body !== 'json' && isFormType(type)) return readFormRequest(bytes, type, api)
  if (api.media?.body === 'form')
    throw new GatewayError('invalid_request', 'This path requires a file upload. Send the body as multipart/form-data.')
  return readRequest(bytes, api, pathStream)
}

async function readBody(
  payload: Payload,
  headers: Headers,
  maxBytes: number,
  watchdog: Watchdog,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = headers.get('content-length')
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes)
  const clock = new BodyClock(performance.now())
  watchdog.add(clock)
  try {
    if (declared === null) return await clock.limit(readChunks(payload, maxBytes, clock))
    clock.allow(Number(declared))
    return new Uint8Array(await clock.limit(payload.arrayBuffer()))
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    throw new GatewayError('client_closed', 'The client disconnected before its request was complete.', {
      cause: thrown,
    })
  } finally {
    clock.stop()
    watchdog.release(clock) // otherwise its promise would keep the body in memory until the watchdog's next check
  }
}

/** Reads a body without `content-length`, and checks its size as it arrives. */
async function readChunks({ body }: Payload, maxBytes: number, clock: BodyClock): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    clock.allow(chunk.length)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

const tooLarge = (maxBytes: number) =>
  new GatewayError(
    'request_too_large',
    `The request body is larger than the ${formatBytes(maxBytes)} allowed here (server.maxBody).`,
  )
