import type { Authorization, AuthorizationParts, UnauthorizedRequest } from '../authorization.ts'
import type { ProviderConfig } from '../config.ts'
import { TokenCache } from '../tokens/token-cache.ts'
import { type AwsCredentials, type CredentialSource, needsCredentialSource, sourceOf } from './credentials.ts'
import { fetchContainerCredentials, assumeRole, readTokenText } from './fetch-credentials.ts'
import { regionIn, regionOf } from './region.ts'
import { Signer } from './sign.ts'

/** Signs each request, or sends a bearer token; undefined where the configuration has the header already. */
export function authorize(config: ProviderConfig, parts: AuthorizationParts): Authorization | undefined {
  const source = needsCredentialSource(config) ? sourceOf(config) : undefined
  if (!source) return undefined
  if (source.type === 'bearer') return { headers: () => ({ authorization: `Bearer ${source.token}` }) }
  const region = regionOf(config)!
  const signers = new Map<string, Signer>()
  const sign = ({ method, url, headers, body }: UnauthorizedRequest, credentials: AwsCredentials) => {
    const target = new URL(url)
    const at = regionIn(target.host) ?? region // servers in several regions may answer to one name
    let signer = signers.get(at)
    if (!signer) signers.set(at, (signer = new Signer(at, 'bedrock')))
    return signer.sign({ method, url: target, headers: signed(headers), body }, credentials, parts.now())
  }
  if (source.type === 'keys') return { headers: (request) => sign(request, source.credentials) }
  return expiring(config, source, region, parts, sign)
}

/** Everything else is none of the signature's business, or may change on the way. */
const signed = ({ 'content-type': type }: Readonly<Record<string, string>>): Record<string, string> =>
  type === undefined ? {} : { 'content-type': type }

type Expiring = Extract<CredentialSource, { type: 'web-identity' | 'container' }>
type Sign = (request: UnauthorizedRequest, credentials: AwsCredentials) => Readonly<Record<string, string>>

/** With keys that are fetched when they are first needed and kept fresh. */
function expiring(
  { name, environment }: ProviderConfig,
  source: Expiring,
  region: string,
  { now, pause, report }: AuthorizationParts,
  sign: Sign,
): Authorization {
  const fetch = () =>
    source.type === 'container'
      ? fetchContainerCredentials(source)
      : assumeRole(source, region, environment['AWS_ENDPOINT_URL_STS'])
  const cache = new TokenCache(fetch, { now, pause, report: (event) => report(name, event) })
  let known = ''
  let credentials: AwsCredentials = { accessKeyId: '', secretAccessKey: '' }
  const credentialsIn = (token: string) => {
    if (token !== known) [known, credentials] = [token, readTokenText(token)]
    return credentials
  }
  return {
    headers(request) {
      const token = cache.get()
      if (typeof token === 'string') return sign(request, credentialsIn(token))
      // What is signed later must be what is sent, whatever has become of the memory it stands in.
      const kept = { ...request, body: new Uint8Array(request.body) }
      return token.then((fetched) => sign(kept, credentialsIn(fetched)))
    },
    rejected: () => cache.invalidate(),
  }
}
