// Who we are to AWS: keys, or where to ask for keys that expire.
import type { ProviderConfig } from '../config.ts'
import type { SettingProblem } from '../provider.ts'
import { regionOf } from './region.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Goes with keys that expire. */
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

/** Where the proof of who we are comes from. */
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

/** What the configuration says, then what the environment does, in the order of AWS's own tools; undefined: nothing does. */
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
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: whole } = environment
  const url = path ? ECS + path : whole
  if (!url) return undefined
  const token = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  return { type: 'container', url, token, file: environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] }
}

/** Hosts that may be asked for keys in the clear: this machine, and those of ECS and EKS. */
const LOCAL_HOST = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/

const URLS = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'] as const

/** What keeps us from being somebody, or from knowing where. */
export function bedrockProblems(config: ProviderConfig): readonly SettingProblem[] {
  const { accessKeyId, secretAccessKey, apiKey, environment } = config
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    return [{ message: 'Of `accessKeyId` and `secretAccessKey` one is given; allowed: both, or neither.' }]
  if (apiKey !== undefined && accessKeyId !== undefined)
    return [{ message: 'Both `apiKey` and `accessKeyId` are given; allowed: one of them.' }]
  const wrong = URLS.find((variable) => !URL.canParse(environment[variable] ?? 'http://none'))
  if (wrong) return [{ message: `${wrong} in the environment is no URL.` }]
  return [...regionProblems(config), ...(needsCredentialSource(config) ? sourceProblems(config) : [])]
}

/** A key is sent as it is, and so is a header that somebody made. */
export const needsCredentialSource = ({ apiKey, headers }: ProviderConfig): boolean =>
  apiKey === undefined && headers['authorization'] === undefined

function regionProblems(config: ProviderConfig): readonly SettingProblem[] {
  const hasPlace = config.baseUrl !== undefined || config.endpoints.length > 0
  if (regionOf(config) !== undefined || (hasPlace && !isSigned(config))) return []
  return [{ message: 'It has no region; give `region`, or AWS_REGION in the environment.' }]
}

const isSigned = (config: ProviderConfig): boolean =>
  needsCredentialSource(config) && sourceOf(config)?.type !== 'bearer'

function sourceProblems(config: ProviderConfig): readonly SettingProblem[] {
  const source = sourceOf(config)
  if (!source)
    return [
      {
        message:
          'It has no credentials; give `apiKey`, or `accessKeyId` and `secretAccessKey`, or in the environment AWS_BEARER_TOKEN_BEDROCK, ' +
          'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or those of a container.',
      },
    ]
  if (source.type !== 'container') return []
  const { protocol, hostname } = new URL(source.url)
  if (protocol === 'https:' || LOCAL_HOST.test(hostname)) return []
  return [{ message: `AWS_CONTAINER_CREDENTIALS_FULL_URI in the environment is neither https nor of this machine.` }]
}
