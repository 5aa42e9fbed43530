import { defineProvider } from './provider.ts'

/** Google's Gemini API with an API key; the model and the method are in the path. Source: https://ai.google.dev/api */
export const gemini = defineProvider('gemini', {
  defaultUrl: 'https://generativelanguage.googleapis.com/v1beta',
  basePath: '/v1beta',
  keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  modelPatterns: ['gemini-*', 'gemma-*'],
  auth: (apiKey) => ['x-goog-api-key', apiKey],
  capabilities: new Set(['service-tier', 'fetches-urls']),
  apis: ['gemini', 'gemini-count', 'gemini-batch-embed', 'gemini-embed'],
})
