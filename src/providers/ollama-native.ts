import { defineProvider } from './provider.ts'

/**
 * Ollama by its own API, which has more than its OpenAI-compatible one: control of reasoning, and model options.
 * Source: https://docs.ollama.com/api
 */
export const ollamaNative = defineProvider('ollama-native', {
  defaultUrl: 'http://127.0.0.1:11434',
  basePath: '',
  isSelfHosted: true,
  healthPath: '/api/version',
  apis: ['ollama', 'ollama-generate', 'ollama-embed', 'ollama-embeddings'],
})
