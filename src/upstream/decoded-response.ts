import { FetchedResponse } from './fetched-response.ts'
import { GatewayError } from '../errors.ts'
import type { UpstreamResponse } from './http1/response.ts'

/** What the runtime can decompress, by content coding. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'brotli'],
  ['zstd', 'zstd'],
])

/** A response whose body is read without its content coding: some servers compress without being asked. */
export function decodedResponse(response: UpstreamResponse, method: string): UpstreamResponse {
  const coding = response.headers.get('content-encoding')?.toLowerCase()
  if (coding === undefined || coding === '' || coding === 'identity' || method === 'HEAD') return response
  const format = FORMATS.get(coding)
  if (format === undefined) {
    response.body.cancel()
    throw new GatewayError('upstream_malformed', 'The upstream compressed its response in an unknown way.')
  }
  const stream = streamOf(response).pipeThrough(new DecompressionStream(format as Bun.CompressionFormat))
  return new FetchedResponse(response.status, response.headers, stream)
}

const streamOf = ({ body }: UpstreamResponse) =>
  new ReadableStream<Bun.BufferSource>({
    async pull(controller) {
      const part = await body.read()
      if (part) controller.enqueue(part as Uint8Array<ArrayBuffer>)
      else controller.close()
    },
    cancel: () => body.cancel(),
  })
