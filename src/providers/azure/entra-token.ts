// Tokens of Microsoft Entra ID for the models of an Azure resource.
import { sendTokenRequest } from '../tokens/send-token-request.ts'
import { readToken } from '../tokens/read-token.ts'
import { readTokenFile } from '../tokens/read-token-file.ts'
import type { Token } from '../tokens/token-cache.ts'
import type { Identity } from './identity.ts'

type Environment = Readonly<Record<string, string>>

const PUBLIC_CLOUD = 'https://login.microsoftonline.com'
/** The resource of a token, by the host of the authority: the sovereign clouds have hosts of their own. */
const RESOURCES: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'https://cognitiveservices.azure.us',
  'login.chinacloudapi.cn': 'https://cognitiveservices.azure.cn',
  'login.partner.microsoftonline.cn': 'https://cognitiveservices.azure.cn',
}
/** A link-local address: outside of Azure nothing responds there. */
const METADATA = 'http://169.254.169.254'
const METADATA_TIMEOUT_MS = 3000

/** Fetches a new token. Throws `TokenError`. */
export async function fetchEntraToken(identity: Identity, environment: Environment, now: () => number): Promise<Token> {
  const authority = (environment['AZURE_AUTHORITY_HOST'] ?? PUBLIC_CLOUD).replace(/\/+$/, '')
  const resource = RESOURCES[new URL(authority).hostname] ?? 'https://cognitiveservices.azure.com'
  if (identity.type === 'managed') return fetchManaged(identity.client, resource, environment, now)
  const { form, secret } = await clientCredentialOf(identity)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: identity.client,
    scope: `${resource}/.default`,
    ...form,
  })
  const url = `${authority}/${encodeURIComponent(identity.tenant)}/oauth2/v2.0/token`
  return readToken(await sendTokenRequest({ url, body, secrets: [secret] }), new URL(url).host, now())
}

/** Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function clientCredentialOf(identity: Exclude<Identity, { type: 'managed' }>) {
  if (identity.type === 'secret') return { form: { client_secret: identity.secret }, secret: identity.secret }
  const assertion = await readTokenFile(identity.file) // read each time: the kubelet replaces it about every hour
  const form = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  return { form, secret: assertion }
}

/**
 * Sources: https://learn.microsoft.com/azure/app-service/overview-managed-identity,
 * .../entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
async function fetchManaged(
  client: string | undefined,
  resource: string,
  environment: Environment,
  now: () => number,
): Promise<Token> {
  const { IDENTITY_ENDPOINT: appService, IDENTITY_HEADER: key = '' } = environment
  const host = environment['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? METADATA
  const url = new URL(appService ?? `${host}/metadata/identity/oauth2/token`)
  url.searchParams.set('api-version', appService === undefined ? '2018-02-01' : '2019-08-01')
  url.searchParams.set('resource', resource)
  if (client !== undefined) url.searchParams.set('client_id', client)
  const headers: Record<string, string> = appService === undefined ? { metadata: 'true' } : { 'x-identity-header': key }
  const text = await sendTokenRequest({ url: url.href, headers, secrets: [key] }, METADATA_TIMEOUT_MS)
  return readToken(text, url.host, now())
}
