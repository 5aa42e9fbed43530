/** Bytes that are no HTTP/1.1 response; `part` is what is wrong. */
export class MalformedHttp extends Error {
  override readonly name = 'MalformedHttp'
  /** As the runtime names such errors. */
  readonly code = 'Malformed_HTTP_Response'

  constructor(part: string) {
    super(`The response is not valid HTTP/1.1: ${part}`)
  }
}
