// Every API that Sluice serves or sends requests in, by name.
import { ANTHROPIC_APIS } from './anthropic.ts'
import type { Api, ApiName } from './api.ts'
import { BEDROCK_APIS } from './bedrock.ts'
import { COHERE_APIS } from './cohere.ts'
import { GEMINI_APIS } from './gemini.ts'
import { OLLAMA_APIS } from './ollama.ts'
import { OPENAI_APIS } from './openai.ts'
import { OPENAI_MEDIA_APIS } from './openai-media.ts'
import { EMBEDDING_APIS, RERANK_APIS } from './upstream-only.ts'

export const APIS: Readonly<Record<ApiName, Api>> = {
  ...OPENAI_APIS,
  ...OPENAI_MEDIA_APIS,
  ...ANTHROPIC_APIS,
  ...GEMINI_APIS,
  ...BEDROCK_APIS,
  ...COHERE_APIS,
  ...OLLAMA_APIS,
  ...RERANK_APIS,
  ...EMBEDDING_APIS,
}
