// `server.basePath`: the part of a path that a proxy in front of Sluice does not remove.
import { pathStart } from './request-facts.ts'
import type { IncomingRequest } from './server.ts'

/** The same request without `basePath` at the start of its path; the request itself if its path does not begin with that. */
export function withoutBasePath(request: IncomingRequest, basePath: string): IncomingRequest {
  const { url } = request
  const start = pathStart(url)
  if (start === -1 || !url.startsWith(basePath, start)) return request
  const rest = url.slice(start + basePath.length)
  if (rest !== '' && rest[0] !== '/' && rest[0] !== '?') return request
  return new RebasedRequest(request, `${url.slice(0, start)}${rest.startsWith('/') ? '' : '/'}${rest}`)
}

/** A copy of the request would lose the connection that the runtime knows it by. */
export class RebasedRequest implements IncomingRequest {
  readonly url: string
  readonly #request: IncomingRequest

  constructor(request: IncomingRequest, url: string) {
    this.#request = request
    this.url = url
  }

  get sentUrl(): string {
    return this.#request.url
  }

  get method(): string {
    return this.#request.method
  }

  get headers(): Headers {
    return this.#request.headers
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#request.body
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#request.arrayBuffer()
  }
}
