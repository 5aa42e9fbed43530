// Access tokens of Google Cloud, for each kind of credentials.
import { createPrivateKey, sign } from 'node:crypto'
import { sendTokenRequest, fieldsOf } from '../tokens/send-token-request.ts'
import { readToken } from '../tokens/read-token.ts'
import { readTokenFile } from '../tokens/read-token-file.ts'
import type { Token } from '../tokens/token-cache.ts'
import { TokenError } from '../tokens/token-error.ts'
import type { AuthorizedUser, ExternalAccount, GoogleCredentials, ServiceAccount } from './credentials.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const LIFETIME_S = 3600

/** Fetches a new token; without credentials, that of the machine or the pod. Throws `TokenError`. */
export function fetchGoogleToken(
  credentials: GoogleCredentials | undefined,
  metadataHost: string,
  now: () => number,
): Promise<Token> {
  switch (credentials?.type) {
    case undefined:
      return metadataToken(metadataHost, now)
    case 'service_account':
      return serviceAccountToken(credentials, now)
    case 'authorized_user':
      return userToken(credentials, now)
    case 'external_account':
      return externalAccountToken(credentials, now)
    case 'impersonated_service_account':
      return fetchGoogleToken(credentials.source_credentials, metadataHost, now).then((token) =>
        impersonate(credentials.service_account_impersonation_url, token, now),
      )
  }
}

async function post(url: string, form: Readonly<Record<string, string>>, secrets: string[], now: () => number) {
  const text = await sendTokenRequest({ url, body: new URLSearchParams(form), secrets })
  return readToken(text, new URL(url).host, now())
}

/** Source: https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
function serviceAccountToken(account: ServiceAccount, now: () => number): Promise<Token> {
  const assertion = signedClaims(account, Math.floor(now() / 1000))
  return post(
    account.token_uri,
    { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
    [assertion, account.private_key],
    now,
  )
}

function signedClaims({ client_email, private_key, private_key_id, token_uri }: ServiceAccount, nowS: number): string {
  const header = { alg: 'RS256', typ: 'JWT', ...(private_key_id !== undefined && { kid: private_key_id }) }
  const claims = { iss: client_email, scope: SCOPE, aud: token_uri, iat: nowS, exp: nowS + LIFETIME_S }
  const unsigned = `${base64url(header)}.${base64url(claims)}`
  return `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), createPrivateKey(private_key)).toString('base64url')}`
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const userToken = ({ token_uri, client_id, client_secret, refresh_token }: AuthorizedUser, now: () => number) =>
  post(
    token_uri,
    { grant_type: 'refresh_token', client_id, client_secret, refresh_token },
    [client_secret, refresh_token],
    now,
  )

/** Source: https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
async function externalAccountToken(account: ExternalAccount, now: () => number): Promise<Token> {
  const subject = await subjectToken(account.credential_source)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: account.audience,
    scope: SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subject,
    subject_token_type: account.subject_token_type,
  }
  const token = await post(account.token_url, form, [subject], now)
  const url = account.service_account_impersonation_url
  return url === undefined ? token : impersonate(url, token, now)
}

/** The subject token from the other cloud; read each time, because it is short-lived. */
async function subjectToken({ file, url, headers, format }: ExternalAccount['credential_source']): Promise<string> {
  const text =
    file === undefined ? await sendTokenRequest({ url: url!, headers, secrets: [] }) : await readTokenFile(file)
  if (format.type === 'text') return text.trim()
  const token = fieldsOf(text)?.[format.subject_token_field_name ?? 'access_token']
  if (typeof token === 'string' && token !== '') return token
  throw new TokenError(
    `${file ?? new URL(url!).host} has no subject token in the field that \`credential_source.format\` names.`,
  )
}

/** Source: https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function impersonate(url: string, { value }: Token, now: () => number): Promise<Token> {
  const text = await sendTokenRequest({
    url,
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [SCOPE], lifetime: `${LIFETIME_S}s` }),
    secrets: [value],
  })
  const { accessToken, expireTime } = fieldsOf(text) ?? {}
  const expiresS = Date.parse(String(expireTime)) / 1000
  return readToken(JSON.stringify({ access_token: accessToken, expires_on: expiresS }), new URL(url).host, now())
}

const METADATA_TIMEOUT_MS = 3000

/** Source: https://cloud.google.com/compute/docs/access/authenticate-workloads#curl */
async function metadataToken(host: string, now: () => number): Promise<Token> {
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`
  const request = { url, headers: { 'metadata-flavor': 'Google' }, secrets: [] }
  return readToken(await sendTokenRequest(request, METADATA_TIMEOUT_MS), host, now())
}
