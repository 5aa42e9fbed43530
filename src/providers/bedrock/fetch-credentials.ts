// Temporary keys, from STS or from the host of a container.
import { sendTokenRequest, fieldsOf } from '../tokens/send-token-request.ts'
import { readTokenFile } from '../tokens/read-token-file.ts'
import type { Token } from '../tokens/token-cache.ts'
import { TokenError } from '../tokens/token-error.ts'
import type { AwsCredentials, CredentialSource } from './credentials.ts'
import { serviceUrl } from './region.ts'

type Kind<Type extends CredentialSource['type']> = Extract<CredentialSource, { type: Type }>

/** Credentials as one string, for the token cache. */
const tokenText = ({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): string =>
  JSON.stringify([accessKeyId, secretAccessKey, sessionToken])

export function readTokenText(text: string): AwsCredentials {
  const [accessKeyId, secretAccessKey, sessionToken] = JSON.parse(text) as [string, string, string | null]
  return { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) }
}

/**
 * Exchanges the web identity token in a file for keys of a role, as in Kubernetes. Throws `TokenError`.
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRole(
  { file, role, session }: Kind<'web-identity'>,
  region: string,
  endpoint: string | undefined,
): Promise<Token> {
  const identityToken = await readTokenFile(file) // read each time: the kubelet replaces it about every hour
  const url = `${(endpoint ?? serviceUrl('sts', region)).replace(/\/+$/, '')}/`
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: session,
    WebIdentityToken: identityToken,
  })
  const text = await sendTokenRequest({ url, body, headers: { accept: 'text/xml' }, secrets: [identityToken] })
  const tag = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1]
  return tokenFrom(new URL(url).host, {
    accessKeyId: tag('AccessKeyId'),
    secretAccessKey: tag('SecretAccessKey'),
    sessionToken: tag('SessionToken'),
    expires: tag('Expiration'),
  })
}

const CONTAINER_TIMEOUT_MS = 3000

/**
 * Fetches the keys that the host gives to a container, in ECS and EKS. Throws `TokenError`.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function fetchContainerCredentials({ url, token, file }: Kind<'container'>): Promise<Token> {
  const authorization = file === undefined ? token : await readTokenFile(file)
  const headers = authorization === undefined ? {} : { authorization }
  const secrets = authorization === undefined ? [] : [authorization]
  const fields = fieldsOf(await sendTokenRequest({ url, headers, secrets }, CONTAINER_TIMEOUT_MS)) ?? {}
  return tokenFrom(new URL(url).host, {
    accessKeyId: fields['AccessKeyId'],
    secretAccessKey: fields['SecretAccessKey'],
    sessionToken: fields['Token'],
    expires: fields['Expiration'],
  })
}

type Found = Readonly<Record<'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'expires', unknown>>

/** Characters that are allowed in a header, and a maximum length. */
const SENDABLE = /^[\x21-\x7e]{1,16384}$/
const isSendable = (value: unknown): value is string => typeof value === 'string' && SENDABLE.test(value)

function tokenFrom(host: string, { accessKeyId, secretAccessKey, sessionToken, expires }: Found): Token {
  const expiresMs = Date.parse(String(expires))
  if (!isSendable(accessKeyId) || !isSendable(secretAccessKey) || !isSendable(sessionToken))
    throw new TokenError(`The credentials server ${host} returned 200, but the response has no valid keys.`)
  if (Number.isNaN(expiresMs))
    throw new TokenError(`The credentials server ${host} returned keys without a valid expiry time.`)
  return { value: tokenText({ accessKeyId, secretAccessKey, sessionToken }), expiresMs }
}
