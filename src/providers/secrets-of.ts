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

/** The key in the text of a credentials file. */
function privateKeyIn(credentials: string): string | undefined {
  try {
    const { private_key: key } = JSON.parse(credentials) as { private_key?: unknown }
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}
