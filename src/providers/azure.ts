import { openaiCompatible } from './provider.ts'

/**
 * Azure OpenAI. Without an API version the v1 API, where the deployment is named in the body as `model`; with one the
 * classic API, where it is named in the path.
 * Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export const azure = openaiCompatible('azure', {
  basePath: '',
  keyVariables: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'],
  auth: (apiKey) => ['api-key', apiKey],
  url: (base, path, model, { apiVersion }) => {
    const resource = base.replace(/\/openai(\/v1)?$/, '')
    if (apiVersion === undefined) return `${resource}/openai/v1${path}`
    const version = encodeURIComponent(apiVersion)
    return `${resource}/openai/deployments/${encodeURIComponent(model)}${path}?api-version=${version}`
  },
})
