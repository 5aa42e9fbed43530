// Requests as AWS's libraries sign them.
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** SHA-256 as the signer takes it. */
class Sha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }

  update(data: string | Uint8Array) {
    this.#hash.update(data as Uint8Array)
  }

  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
}

export interface HowSigned {
  readonly secretAccessKey: string
  readonly service?: string
  readonly region?: string
  readonly at?: Date
  /** Whether the hash of the body is a signed header, as of the libraries for JavaScript; boto3 sends none. */
  readonly statesHash?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** The header that names the host; of HTTP/2 it is `:authority`. */
  readonly hostHeader?: 'host' | ':authority'
}

/** The headers of a signed POST request. */
export async function signedHeaders(url: string, body: string, how: HowSigned): Promise<Record<string, string>> {
  const { secretAccessKey, service = 'bedrock', region = 'us-east-1', at = new Date(), statesHash = true } = how
  const { hostname, port, pathname } = new URL(url)
  const host = { [how.hostHeader ?? 'host']: `${hostname}:${port}` }
  const signer = new SignatureV4({
    credentials: { accessKeyId: 'AKIDANY', secretAccessKey },
    service,
    region,
    sha256: Sha256,
    applyChecksum: statesHash,
  })
  const request = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: pathname,
      query: {},
      headers: { ...host, 'content-type': 'application/json', ...how.headers },
      body,
    },
    { signingDate: at },
  )
  return request.headers
}
