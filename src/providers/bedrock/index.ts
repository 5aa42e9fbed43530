import type { ProviderConfig } from '../config.ts'
import { defineProvider } from '../provider.ts'
import { authorize } from './authorize.ts'
import { AWS_VARIABLES, bedrockProblems } from './credentials.ts'
import { regionOf, serviceUrl } from './region.ts'

const defaultUrl = (config: ProviderConfig): string =>
  config.environment['AWS_ENDPOINT_URL_BEDROCK_RUNTIME']?.replace(/\/+$/, '') ??
  serviceUrl('bedrock-runtime', regionOf(config)!)

const common = {
  defaultUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  basePath: '',
  settings: ['region', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
  variables: AWS_VARIABLES,
  problems: bedrockProblems,
  authorize,
  locate: (config: ProviderConfig, url?: string) => url ?? defaultUrl(config),
} as const

/**
 * Amazon Bedrock by the Converse API. The model is a model id, or the id or ARN of an inference profile.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
 */
export const bedrock = defineProvider('bedrock', {
  ...common,
  apis: ['bedrock-converse'],
})

/**
 * Claude at Bedrock by its own API: what Converse lacks is forwarded, for clients of Anthropic's API as it is. Other betas
 * than these are an error there.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
export const bedrockClaude = defineProvider('bedrock-claude', {
  ...common,
  apis: ['bedrock-invoke'],
  bodies: { 'bedrock-invoke': { adds: { anthropic_version: '"bedrock-2023-05-31"' }, removes: ['model', 'stream'] } },
  drops: ['metadata', 'service_tier', 'container', 'inference_geo', 'speed'],
  betas: new Set([
    'computer-use-2024-10-22',
    'computer-use-2025-01-24',
    'computer-use-2025-11-24',
    'context-1m-2025-08-07',
    'context-management-2025-06-27',
    'dev-full-thinking-2025-05-14',
    'effort-2025-11-24',
    'interleaved-thinking-2025-05-14',
    'output-128k-2025-02-19',
    'token-efficient-tools-2025-02-19',
    'tool-examples-2025-10-29',
    'tool-search-tool-2025-10-19',
  ]),
})
