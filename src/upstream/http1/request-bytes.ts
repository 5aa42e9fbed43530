/** A request as the connection sends it. */
export interface OutgoingRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

/** Bodies up to this size leave in one write with their head; copying larger ones costs more than a second write. */
const MAX_JOINED_BYTES = 64 * 1024

/** What would end a line; characters beyond Latin-1 would lose their upper byte, and the rest may be a line break. */
const UNSAFE = /[\r\n\0\u0100-\uffff]/

const NAME = /^[\w!#$%&'*+\-.^`|~]+$/

let scratch = Buffer.allocUnsafe(MAX_JOINED_BYTES + 16 * 1024)

/** The head of a request. Throws TypeError if a header would end its line. */
export function requestHead({ method, target, host, headers, body }: OutgoingRequest): string {
  let head = `${method} ${target} HTTP/1.1\r\n`
  if (headers['host'] === undefined) head += `host: ${host}\r\n`
  for (const name in headers) {
    const value = headers[name]!
    if (UNSAFE.test(value) || !NAME.test(name)) throw new TypeError(`The header ${JSON.stringify(name)} cannot be sent`)
    head += `${name}: ${value}\r\n`
  }
  if (headers['connection'] === undefined) head += 'connection: keep-alive\r\n'
  return body ? `${head}content-length: ${body.length}\r\n\r\n` : `${head}\r\n`
}

/**
 * Writes a request with `write`, which returns how many bytes it took. Returns a copy of the bytes that it did not take:
 * the memory of `body` may be reused after this turn. Header values are Latin-1, as `fetch` sends them.
 */
export function writeRequest(request: OutgoingRequest, write: (bytes: Uint8Array) => number): Buffer | undefined {
  const head = requestHead(request)
  const body = request.body
  const length = head.length + (body?.length ?? 0)
  if (length > MAX_JOINED_BYTES && body) {
    const headBytes = Buffer.from(head, 'latin1')
    const written = write(headBytes)
    if (written < headBytes.length) return Buffer.concat([headBytes.subarray(Math.max(written, 0)), body])
    return rest(body, write(body))
  }
  if (scratch.length < length) scratch = Buffer.allocUnsafe(length)
  scratch.write(head, 0, 'latin1')
  if (body) scratch.set(body, head.length)
  const all = scratch.subarray(0, length)
  return rest(all, write(all))
}

const rest = (bytes: Uint8Array, written: number): Buffer | undefined =>
  written < bytes.length ? Buffer.from(bytes.subarray(Math.max(written, 0))) : undefined
