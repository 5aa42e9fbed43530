// The configuration of Vertex AI: credentials, project and location.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ProviderConfig } from '../config.ts'
import type { SettingProblem } from '../provider.ts'
import { locationPattern, projectPattern } from '../settings.ts'
import { type GoogleCredentials, projectIn, readCredentials } from './credentials.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const GOOGLE_VARIABLES = ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION', 'GCE_METADATA_HOST'] as const

const METADATA_HOST = 'metadata.google.internal'
const HOST = /^[\w.:[\]-]{1,200}$/

/** Finds credentials as Google's own tools do, except those of the machine. Source: https://google.aip.dev/auth/4110 */
export function findCredentials(environment: Environment): string | undefined {
  const named = environment['GOOGLE_APPLICATION_CREDENTIALS']
  if (named) return resolve(named)
  const home = environment['HOME']
  const folder = environment['CLOUDSDK_CONFIG'] || (home && join(home, '.config/gcloud'))
  const file = folder && join(folder, 'application_default_credentials.json')
  return file && existsSync(file) ? file : undefined
}

/** Undefined if the machine's credentials are used. Only for configurations without problems. */
export function credentialsOf({ credentials }: ProviderConfig): GoogleCredentials | undefined {
  const read = credentials === undefined ? undefined : readCredentials(credentials)
  return read?.type === 'read' ? read.credentials : undefined
}

export const metadataHostOf = ({ environment }: ProviderConfig): string =>
  environment['GCE_METADATA_HOST'] ?? METADATA_HOST

const locationOf = ({ location, environment }: ProviderConfig): string =>
  location ?? environment['GOOGLE_CLOUD_LOCATION'] ?? 'global'

function projectOf(config: ProviderConfig): string | undefined {
  if (config.project !== undefined) return config.project
  if (hasKey(config)) return undefined // express mode: the project follows from the key
  const credentials = credentialsOf(config)
  return config.environment['GOOGLE_CLOUD_PROJECT'] ?? (credentials && projectIn(credentials))
}

const hasKey = ({ apiKey }: ProviderConfig): boolean => apiKey !== undefined && apiKey !== 'none'

/**
 * The base URL of the model publishers. A configured URL with a path is used unchanged.
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
 */
export function locate(config: ProviderConfig, url: string = hostOf(locationOf(config))): string {
  if (new URL(url).pathname !== '/') return url
  const base = `${url.replace(/\/$/, '')}/${config.apiVersion ?? 'v1'}`
  const project = projectOf(config)
  return project === undefined ? base : `${base}/projects/${project}/locations/${locationOf(config)}`
}

function hostOf(location: string): string {
  if (location === 'global') return 'https://aiplatform.googleapis.com'
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`
  return `https://${location}-aiplatform.googleapis.com`
}

export function vertexProblems(config: ProviderConfig): readonly SettingProblem[] {
  const read = config.credentials === undefined ? undefined : readCredentials(config.credentials)
  if (read && config.apiKey !== undefined)
    return [{ setting: 'credentials', message: 'Both `apiKey` and `credentials` are set; allowed: one of them.' }]
  if (read?.type === 'unreadable')
    return [{ setting: 'credentials', message: `The Google credentials file ${read.reason}.` }]
  const project = projectOf(config)
  if (project === undefined && !hasKey(config))
    return [
      {
        setting: 'project',
        message:
          'The project is unknown; set `project`, GOOGLE_CLOUD_PROJECT in the environment, or `apiKey` for express mode.',
      },
    ]
  const wrong = [
    project !== undefined &&
      !projectPattern.test(project) &&
      'GOOGLE_CLOUD_PROJECT, or the project in the credentials,',
    !locationPattern.test(locationOf(config)) && 'GOOGLE_CLOUD_LOCATION',
    !HOST.test(metadataHostOf(config)) && 'GCE_METADATA_HOST',
  ].find((name) => name !== false)
  return wrong === undefined ? [] : [{ message: `${wrong} contains characters that are not allowed in a URL.` }]
}
