import type { ProviderConfig } from '../config.ts'

/** `https://bedrock-runtime.eu-west-1.amazonaws.com`, and what VPC endpoints and FIPS have around it. */
const IN_HOST = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?amazonaws\.com/

export const regionIn = (url: string): string | undefined => IN_HOST.exec(url)?.[1]

/** As the configuration says, or the address, or the environment; undefined: nobody says. */
export const regionOf = ({ region, baseUrl, endpoints, environment }: ProviderConfig): string | undefined =>
  region ??
  regionIn(baseUrl ?? endpoints[0]?.url ?? '') ??
  environment['AWS_REGION'] ??
  environment['AWS_DEFAULT_REGION']

/** Where a service of a region answers; China has a domain of its own. */
export const serviceUrl = (service: string, region: string): string =>
  `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
