import { TRANSCRIPTION, SPEECH } from '../../formats/apis/openai-media.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { capOfReasoning, OPENAI_VALUES, openaiCompatible, responsesForTools, TEXT } from '../provider.ts'
import { tokenAuthorization } from '../tokens/token-authorization.ts'
import { fetchEntraToken } from './entra-token.ts'
import { IDENTITY_VARIABLES, identityOf, identityProblems } from './identity.ts'

/**
 * Azure OpenAI. Without an API version, the v1 API with the deployment as `model` in the body. With a version, the classic API
 * with the deployment in the path.
 * Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export const azure = openaiCompatible('azure', {
  basePath: '',
  apis: [
    ...TEXT,
    'openai-responses',
    'openai-responses-compact',
    'openai-image-generations',
    'openai-image-edits',
    ...TRANSCRIPTION,
    ...SPEECH,
  ],
  keyVariables: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
  keepsResponses: true,
  capabilities: new Set(['fetches-urls']),
  apiForTools: responsesForTools,
  modelRenames: capOfReasoning,
  values: OPENAI_VALUES,
  dropsInMessages: ['prefix'],
  lacks: new Set(),
  auth: (apiKey) => ['api-key', apiKey],
  settings: ['tenantId', 'clientId', 'clientSecret', 'identity'],
  variables: IDENTITY_VARIABLES,
  problems: identityProblems,
  authorize: (config, parts) => {
    const identity = identityOf(config)
    if (!identity) return undefined
    return tokenAuthorization(config.name, () => fetchEntraToken(identity, config.environment, parts.now), parts)
  },
  url: (base, path, model, { apiVersion }) => {
    const resource = base.replace(/\/openai(\/v1)?$/, '')
    if (apiVersion === undefined) return `${resource}/openai/v1${path}`
    const version = encodeURIComponent(apiVersion)
    // Requests to the Responses API name the deployment in the body in both.
    if (path.startsWith(APIS['openai-responses'].path!)) return `${resource}/openai${path}?api-version=${version}`
    return `${resource}/openai/deployments/${encodeURIComponent(model)}${path}?api-version=${version}`
  },
})
