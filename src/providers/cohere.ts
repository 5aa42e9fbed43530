import { defineProvider } from './provider.ts'

/** Cohere's own API, version 2. Source: https://docs.cohere.com/reference/about */
export const cohere = defineProvider('cohere', {
  defaultUrl: 'https://api.cohere.com/v2',
  basePath: '/v2',
  keyVariables: ['COHERE_API_KEY', 'CO_API_KEY'],
  modelPatterns: ['command-*', 'embed-*', 'rerank-v*', 'c4ai-*'],
  apis: ['cohere', 'cohere-embed', 'cohere-rerank'],
})
