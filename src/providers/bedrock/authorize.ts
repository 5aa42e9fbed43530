import type { Authorization, AuthorizationParts, UnauthorizedRequest } from '../authorization.ts'
import type { ProviderConfig } from '../config.ts'
import { TokenCache } from '../tokens/token-cache.ts'
import { type AwsCredentials, type CredentialSource, needsCredentialSource, sourceOf } from './credentials.ts'
import { fetchContainerCredentials, assumeRole, readTokenText } from './fetch-credentials.ts'
import { regionIn, regionOf } from './region.ts'
import { Signer } from './sign.ts'

/** Signs each request, or sends a bearer token; undefined if the configuration has a key or the header. */
export function authorize(config: ProviderConfig, parts: AuthorizationParts): Authorization | undefined {
  const source = needsCredentialSource(config) ? sourceOf(config) : undefined
  if (!source) return undefined
  if (source.type === 'bearer') return { headers: () => ({ authorization: `Bearer ${source.token}` }) }
  const region = regionOf(config)!
  const signers = new Map<string, Signer>()
  const sign = ({ method, url, headers, body }: UnauthorizedRequest, credentials: AwsCredentials) => {
    const target = new URL(url)
    const signingRegion = regionIn(target.host) ?? region // the endpoints of a provider can be in several regions
    let signer = signers.get(signingRegion)
    if (!signer) signers.set(signingRegion, (signer = new Signer(signingRegion, 'bedrock')))
    return signer.sign({ method, url: target, headers: signedHeaders(headers), body }, credentials, parts.now())
  }
  if (source.type === 'keys') return { headers: (request) => sign(request, source.credentials) }
  return withTemporaryKeys(config, source, region, parts, sign)
}

/** Signs only `content-type`: other headers need no signature, and proxies can change them. */
const signedHeaders = ({ 'content-type': type }: Readonly<Record<string, string>>): Record<string, string> =>
  type === undefined ? {} : { 'content-type': type }

type TemporarySource = Extract<CredentialSource, { type: 'web-identity' | 'container' }>
type Sign = (request: UnauthorizedRequest, credentials: AwsCredentials) => Readonly<Record<string, string>>

/** Signs with temporary keys that are fetched when they are first needed and refreshed. */
function withTemporaryKeys(
  { name, environment }: ProviderConfig,
  source: TemporarySource,
  region: string,
  { now, pause, report }: AuthorizationParts,
  sign: Sign,
): Authorization {
  const fetch = () =>
    source.type === 'container'
      ? fetchContainerCredentials(source)
      : assumeRole(source, region, environment['AWS_ENDPOINT_URL_STS'])
  const cache = new TokenCache(fetch, { now, pause, report: (event) => report(name, event) })
  let current = ''
  let credentials: AwsCredentials = { accessKeyId: '', secretAccessKey: '' }
  const credentialsIn = (token: string) => {
    if (token !== current) [current, credentials] = [token, readTokenText(token)]
    return credentials
  }
  return {
    headers(request) {
      const token = cache.get()
      if (typeof token === 'string') return sign(request, credentialsIn(token))
      // Copied, since the memory can be reused before the signature is made.
      const kept = { ...request, body: new Uint8Array(request.body) }
      return token.then((fetched) => sign(kept, credentialsIn(fetched)))
    },
    rejected: () => cache.invalidate(),
  }
}
