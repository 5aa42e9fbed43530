import type { ProviderConfig } from '../config.ts'
import { defineProvider } from '../provider.ts'
import { authorize } from './authorize.ts'
import { AWS_VARIABLES, bedrockProblems } from './credentials.ts'
import { regionOf, serviceUrl } from './region.ts'

/**
 * Amazon Bedrock by the Converse API. The model is a model id, or the id or ARN of an inference profile.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
 */
export const bedrock = defineProvider('bedrock', {
  defaultUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  basePath: '',
  apis: ['bedrock-converse'],
  settings: ['region', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
  variables: AWS_VARIABLES,
  problems: bedrockProblems,
  authorize,
  locate: (config, url) => url ?? defaultUrl(config),
})

const defaultUrl = (config: ProviderConfig): string =>
  config.environment['AWS_ENDPOINT_URL_BEDROCK_RUNTIME']?.replace(/\/+$/, '') ??
  serviceUrl('bedrock-runtime', regionOf(config)!)
