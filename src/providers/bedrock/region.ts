import type { ProviderConfig } from '../config.ts'

/** Matches `https://bedrock-runtime.eu-west-1.amazonaws.com` and the names of VPC and FIPS endpoints. */
const IN_HOST = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?amazonaws\.com/

export const regionIn = (url: string): string | undefined => IN_HOST.exec(url)?.[1]

/** The region from the configuration, the URL or the environment, in this order; undefined if none has it. */
export const regionOf = ({ region, baseUrl, endpoints, environment }: ProviderConfig): string | undefined =>
  region ??
  regionIn(baseUrl ?? endpoints[0]?.url ?? '') ??
  environment['AWS_REGION'] ??
  environment['AWS_DEFAULT_REGION']

/** The URL of a service in a region; China has a domain of its own. */
export const serviceUrl = (service: string, region: string): string =>
  `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
