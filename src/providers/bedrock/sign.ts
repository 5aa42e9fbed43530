import { ALGORITHM, signatureOf, signedNames, signingKey } from '../../codecs/aws-signature.ts'
import type { AwsCredentials } from './credentials.ts'

export interface Signing {
  readonly method: string
  readonly url: URL
  /** All of them are signed, so headers that a proxy can change do not belong here. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Signs requests to one service in one region. The signing key is valid for a day and cached. */
export class Signer {
  readonly #region: string
  readonly #service: string
  #keyScope = ''
  #key: Uint8Array = new Uint8Array()

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** The headers with the signature, which is valid for some minutes around `nowMs`. */
  sign({ method, url, headers, body }: Signing, credentials: AwsCredentials, nowMs: number): Record<string, string> {
    const { accessKeyId, sessionToken } = credentials
    const time = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
    const added = { 'x-amz-date': time, ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }) }
    const signed = { ...headers, ...added, host: url.host }
    const payloadHash = Bun.SHA256.hash(body, 'hex')
    const scope = `${time.slice(0, 8)}/${this.#region}/${this.#service}/aws4_request`
    const content = { method, path: url.pathname, query: url.searchParams, headers: signed, payloadHash }
    const signature = signatureOf(content, { time, scope }, this.#keyFor(credentials, scope))
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames(signed)}, Signature=${signature}`
    return { ...added, authorization }
  }

  #keyFor({ secretAccessKey }: AwsCredentials, scope: string): Uint8Array {
    const keyScope = `${scope}\n${secretAccessKey}`
    if (keyScope === this.#keyScope) return this.#key
    this.#key = signingKey(secretAccessKey, scope)
    this.#keyScope = keyScope
    return this.#key
  }
}
