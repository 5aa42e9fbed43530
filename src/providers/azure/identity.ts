// The identity for Microsoft Entra ID, from the configuration or the variables that Azure's own tools read.
import type { ProviderConfig } from '../config.ts'
import type { SettingProblem } from '../provider.ts'
import { variableProblems } from '../variable-problems.ts'

/** Source: https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains */
export const IDENTITY_VARIABLES = [
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_AUTHORITY_HOST',
  'AZURE_POD_IDENTITY_AUTHORITY_HOST',
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
] as const

const URLS = ['AZURE_AUTHORITY_HOST', 'AZURE_POD_IDENTITY_AUTHORITY_HOST', 'IDENTITY_ENDPOINT'] as const

export type Identity =
  | { readonly type: 'secret'; readonly tenant: string; readonly client: string; readonly secret: string }
  | { readonly type: 'workload'; readonly tenant: string; readonly client: string; readonly file: string }
  | { readonly type: 'managed'; readonly client: string | undefined }

/** The configured identity; undefined if there is none: then the API key is sent, if any. */
export function identityOf(config: ProviderConfig): Identity | undefined {
  const { tenant, client, secret, file } = partsOf(config)
  const kind = kindOf(config)
  if (kind === 'managed') return { type: 'managed', client }
  if (tenant === undefined || client === undefined) return undefined
  if (kind === 'secret' && secret !== undefined) return { type: 'secret', tenant, client, secret }
  if (kind === 'workload' && file !== undefined) return { type: 'workload', tenant, client, file }
  return undefined
}

/** Problems of the identity settings. */
export function identityProblems(config: ProviderConfig): readonly SettingProblem[] {
  const kind = kindOf(config)
  if (kind === undefined) return []
  if (config.apiKey !== undefined && hasSettings(config))
    return [{ message: 'Both `apiKey` and an identity are set; allowed: one of them.' }]
  const wrong = URLS.filter((variable) => !URL.canParse(config.environment[variable] ?? 'http://unset'))
  if (wrong.length > 0)
    return [{ setting: 'identity', message: `Not a valid URL in the environment: ${wrong.join(', ')}.` }]
  if (identityOf(config)) return kind === 'managed' ? variableProblems(config, ['IDENTITY_HEADER']) : []
  const { tenant, client, secret, file } = partsOf(config)
  const missing = [
    tenant === undefined && '`tenantId` (or AZURE_TENANT_ID)',
    client === undefined && '`clientId` (or AZURE_CLIENT_ID)',
    kind === 'secret' && secret === undefined && '`clientSecret` (or AZURE_CLIENT_SECRET)',
    kind === 'workload' && file === undefined && 'AZURE_FEDERATED_TOKEN_FILE in the environment',
  ].filter((part) => part !== false)
  return [{ setting: 'identity', message: `The identity is incomplete; missing: ${missing.join(', ')}.` }]
}

const partsOf = ({ tenantId, clientId, clientSecret, environment }: ProviderConfig) => ({
  tenant: tenantId ?? environment['AZURE_TENANT_ID'],
  client: clientId ?? environment['AZURE_CLIENT_ID'],
  secret: clientSecret ?? environment['AZURE_CLIENT_SECRET'],
  file: environment['AZURE_FEDERATED_TOKEN_FILE'],
})

const hasSettings = ({ identity, tenantId, clientId, clientSecret }: ProviderConfig): boolean =>
  [identity, tenantId, clientId, clientSecret].some((setting) => setting !== undefined)

/** A key overrides an identity that is only in the environment; a secret overrides a workload or managed identity. */
function kindOf(config: ProviderConfig): Identity['type'] | undefined {
  const { identity, clientSecret, apiKey, environment } = config
  if (identity !== undefined) return identity
  if (clientSecret !== undefined) return 'secret'
  if (apiKey !== undefined && !hasSettings(config)) return undefined
  if (environment['AZURE_CLIENT_SECRET']) return 'secret'
  if (environment['AZURE_FEDERATED_TOKEN_FILE']) return 'workload'
  if (environment['IDENTITY_ENDPOINT']) return 'managed'
  return hasSettings(config) ? 'secret' : undefined
}
