import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate as unzip, type InputType, zstdDecompress } from 'node:zlib'
import { GatewayError } from '../../errors.ts'

type Inflate = (bytes: InputType, options: { maxOutputLength: number }) => Promise<Buffer>

/** By their names in RFC 9110, section 8.4.1. All of them run off the event loop and stop at `maxOutputLength`. */
const CODINGS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(unzip)],
  ['br', promisify(brotliDecompress)],
  ['zstd', promisify(zstdDecompress)],
])

const codings = [...CODINGS.keys()].filter((name) => name !== 'x-gzip').join(', ')

/**
 * How the body of a request is decompressed; undefined if it is not compressed. Throws GatewayError
 * `unsupported_encoding` for other codings, and for several codings on top of each other, which only an attack would
 * send.
 */
export function inflaterOf(headers: Headers): Inflate | undefined {
  const encoding = headers.get('content-encoding')
  if (encoding === null || encoding === 'identity') return undefined
  const found = CODINGS.get(encoding.toLowerCase())
  if (found) return found
  throw new GatewayError(
    'unsupported_encoding',
    `The content-encoding "${encoding.slice(0, 40)}" is not supported. Send the body uncompressed, or with one of: ${codings}.`,
    { headers: { 'accept-encoding': codings } },
  )
}

/** Decompresses a body up to `maxBytes`. Throws GatewayError `invalid_request`, or `tooLarge` for a larger body. */
export async function inflated(
  bytes: Uint8Array,
  inflate: Inflate,
  maxBytes: number,
  tooLarge: () => GatewayError,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await inflate(bytes, { maxOutputLength: maxBytes }))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new GatewayError(
      'invalid_request',
      'The body could not be decompressed: it is damaged, or its content-encoding is wrong.',
      {
        cause: thrown,
      },
    )
  }
}
