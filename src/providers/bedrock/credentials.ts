// Credentials for AWS: fixed keys, or the source of temporary ones.
import type { ProviderConfig } from '../config.ts'
import type { SettingProblem } from '../provider.ts'
import { variableProblems } from '../variable-problems.ts'
import { regionOf } from './region.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Belongs to temporary keys. */
  readonly sessionToken?: string
}

/** Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html */
export const AWS_VARIABLES = [
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
] as const

/** The source of the credentials. */
export type CredentialSource =
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'keys'; readonly credentials: AwsCredentials }
  | { readonly type: 'web-identity'; readonly file: string; readonly role: string; readonly session: string }
  | {
      readonly type: 'container'
      readonly url: string
      readonly token: string | undefined
      readonly file: string | undefined
    }

/**
 * The source from the configuration, then from the environment, in the order of AWS's own tools; undefined if there
 * is none.
 */
export function sourceOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  environment,
}: ProviderConfig): CredentialSource | undefined {
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return keys(accessKeyId, secretAccessKey, sessionToken)
  if (environment['AWS_BEARER_TOKEN_BEDROCK']) return { type: 'bearer', token: environment['AWS_BEARER_TOKEN_BEDROCK'] }
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment
  if (id && secret) return keys(id, secret, environment['AWS_SESSION_TOKEN'])
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = environment
  if (file && role)
    return { type: 'web-identity', file, role, session: environment['AWS_ROLE_SESSION_NAME'] ?? 'sluice' }
  return containerIn(environment)
}

const keys = (accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): CredentialSource => ({
  type: 'keys',
  credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
})

const ECS = 'http://169.254.170.2'

function containerIn(environment: Readonly<Record<string, string>>): CredentialSource | undefined {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: fullUri } = environment
  const url = path ? ECS + path : fullUri
  if (!url) return undefined
  const token = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  return { type: 'container', url, token, file: environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] }
}

/** Hosts from which keys may be fetched over plain HTTP: this machine, and the hosts of ECS and EKS. */
const LOCAL_HOST = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/

const URLS = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'] as const

/** Problems of the credentials and the region. */
export function bedrockProblems(config: ProviderConfig): readonly SettingProblem[] {
  const { accessKeyId, secretAccessKey, apiKey, environment } = config
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    return [{ message: 'Only one of `accessKeyId` and `secretAccessKey` is set; allowed: both, or neither.' }]
  if (apiKey !== undefined && accessKeyId !== undefined)
    return [{ message: 'Both `apiKey` and `accessKeyId` are set; allowed: one of them.' }]
  const wrong = URLS.find((variable) => !URL.canParse(environment[variable] ?? 'http://unset'))
  if (wrong) return [{ message: `Not a valid URL in the environment: ${wrong}.` }]
  return [...regionProblems(config), ...(needsCredentialSource(config) ? sourceProblems(config) : [])]
}

/** False if there is an API key or an `authorization` header: they are sent unchanged. */
export const needsCredentialSource = ({ apiKey, headers }: ProviderConfig): boolean =>
  apiKey === undefined && headers['authorization'] === undefined

function regionProblems(config: ProviderConfig): readonly SettingProblem[] {
  const hasUrl = config.baseUrl !== undefined || config.endpoints.length > 0
  if (regionOf(config) !== undefined || (hasUrl && !isSigned(config))) return []
  return [{ message: 'The region is unknown; set `region`, or AWS_REGION in the environment.' }]
}

const isSigned = (config: ProviderConfig): boolean =>
  needsCredentialSource(config) && sourceOf(config)?.type !== 'bearer'

function sourceProblems(config: ProviderConfig): readonly SettingProblem[] {
  const source = sourceOf(config)
  if (!source)
    return [
      {
        message:
          'There are no credentials; set `apiKey`, or `accessKeyId` and `secretAccessKey`, or in the environment AWS_BEARER_TOKEN_BEDROCK, ' +
          'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or the variables of a container.',
      },
    ]
  const unreadable = variableProblems(config, secretVariablesOf(source, config))
  if (source.type !== 'container' || unreadable.length > 0) return unreadable
  const { protocol, hostname } = new URL(source.url)
  if (protocol === 'https:' || LOCAL_HOST.test(hostname)) return []
  return [
    {
      message:
        'AWS_CONTAINER_CREDENTIALS_FULL_URI in the environment is not allowed; allowed: an https URL, or http to this machine, ECS or EKS.',
    },
  ]
}

/** The variables of the environment that this source sends or signs with. */
function secretVariablesOf({ type }: CredentialSource, { accessKeyId }: ProviderConfig): readonly string[] {
  if (type === 'bearer') return ['AWS_BEARER_TOKEN_BEDROCK']
  if (type === 'container') return ['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  return type === 'keys' && accessKeyId === undefined
    ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
    : []
}
