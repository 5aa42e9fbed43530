// Compression of complete responses (`server.compression`). Streams: see compressed-stream.ts.
import { promisify } from 'node:util'
import { brotliCompress, brotliCompressSync, constants, gzip, zstdCompress } from 'node:zlib'
import { acceptedEncoding, type Encoding } from './accept-encoding.ts'
import type { CompressionConfig } from './compression-config.ts'

/** Compresses in this turn of the event loop up to here, which takes 0.2 ms at most; a larger body in another thread. */
const MOST_SYNC_BYTES = 64 * 1024

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const GZIP = { level: 1 } as const
const ZSTD_LEVEL = 3

type Bytes = Uint8Array<ArrayBuffer>

const NOW: Readonly<Record<Encoding, (bytes: Bytes) => Uint8Array>> = {
  gzip: (bytes) => Bun.gzipSync(bytes, GZIP),
  br: (bytes) => brotliCompressSync(bytes, BROTLI),
  zstd: (bytes) => Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL }),
}

const BESIDE: Readonly<Record<Encoding, (bytes: Bytes) => Promise<Uint8Array>>> = {
  gzip: (bytes) => promisify(gzip)(bytes, GZIP),
  br: (bytes) => promisify(brotliCompress)(bytes, BROTLI),
  zstd: (bytes) => promisify(zstdCompress)(bytes, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
}

const COMPRESSIBLE =
  /^(?:application\/(?:json|xml|x-ndjson|jsonl|[\w.-]+\+(?:json|xml))|text\/(?!event-stream)[\w.-]+)(?:;|$)/i

/** Returns the response as the client accepts it. `response` has arrived completely. */
export type Compress = (request: Pick<Request, 'headers' | 'method'>, response: Response) => Promise<Response>

export const createCompress =
  ({ minBytes }: CompressionConfig): Compress =>
  async (request, response) => {
    const { headers } = response
    if (!isCompressible(response)) return response
    headers.append('vary', 'accept-encoding')
    const { encoding, refusesPlain } = acceptedEncoding(request.headers.get('accept-encoding'))
    if (encoding === undefined || request.method === 'HEAD') return response
    const bytes = new Uint8Array(await response.arrayBuffer())
    const small = bytes.length < minBytes && !refusesPlain ? bytes : await compressed(bytes, encoding)
    const isSmaller = small.length < bytes.length || (refusesPlain && small !== bytes)
    if (isSmaller) describe(headers, encoding)
    return new Response(isSmaller ? (small as Bytes) : bytes, { status: response.status, headers })
  }

const compressed = (bytes: Bytes, encoding: Encoding): Uint8Array | Promise<Uint8Array> =>
  (bytes.length <= MOST_SYNC_BYTES ? NOW : BESIDE)[encoding](bytes)

/** The bytes of a compressed response are others, so a strong `etag` would be wrong. */
function describe(headers: Headers, encoding: Encoding): void {
  headers.set('content-encoding', encoding)
  const etag = headers.get('etag')
  if (etag?.startsWith('"')) headers.set('etag', `W/${etag}`)
}

const isCompressible = ({ status, headers }: Response): boolean =>
  status !== 204 &&
  status !== 304 &&
  !headers.has('content-encoding') &&
  COMPRESSIBLE.test(headers.get('content-type') ?? '') &&
  !headers.get('cache-control')?.includes('no-transform')
