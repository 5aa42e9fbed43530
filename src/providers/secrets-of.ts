import type { ProviderConfig } from './config.ts'

/** Variables of the environment that contain a secret, by their names: `AWS_SECRET_ACCESS_KEY`, not `..._TOKEN_FILE`. */
const SECRET_VARIABLE = /(?:KEY|SECRET|TOKEN|PASSWORD|TOKEN_BEDROCK|IDENTITY_HEADER)$/

/** All secrets in the configuration of a provider: what its upstream may repeat in an error. */
export function secretsOf(config: ProviderConfig): string[] {
  const { apiKey, headers, credentials, secretAccessKey, sessionToken, clientSecret, environment } = config
  const variables = Object.entries(environment).flatMap(([name, value]) => (SECRET_VARIABLE.test(name) ? [value] : []))
  return [
    apiKey,
    credentials,
    credentials && privateKeyIn(credentials),
    secretAccessKey,
    sessionToken,
    clientSecret,
    ...Object.values(headers),
    ...variables,
  ].filter((value) => value !== undefined)
}

/** Headers whose value is a credential: `x-api-key`, `cookie`. Others, such as `x-title`, have ordinary words. */
const SECRET_HEADER = /auth|key|token|secret|password|credential|cookie|signature/i

/** Shorter keys, such as `not-needed`, are words that a model may use. */
const MIN_CHARS_IN_RESPONSES = 16

/** The secrets that are removed from successful responses too: those that cannot be ordinary text. */
export const credentialsOf = ({ headers, ...config }: ProviderConfig): string[] =>
  secretsOf({
    ...config,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => SECRET_HEADER.test(name))),
  }).filter(({ length }) => length >= MIN_CHARS_IN_RESPONSES)

/** The key in the text of a credentials file. */
function privateKeyIn(credentials: string): string | undefined {
  try {
    const { private_key: key } = JSON.parse(credentials) as { private_key?: unknown }
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}
