import { defineProvider } from './provider.ts'

/** Source: https://docs.claude.com/en/api/overview */
export const anthropic = defineProvider('anthropic', {
  defaultUrl: 'https://api.anthropic.com/v1',
  keyVariables: ['ANTHROPIC_API_KEY'],
  modelPatterns: ['claude-*'],
  auth: (apiKey) => ['x-api-key', apiKey],
  capabilities: new Set(['threads']),
  headers: { 'anthropic-version': '2023-06-01' },
  apis: ['anthropic', 'anthropic-count'],
})
