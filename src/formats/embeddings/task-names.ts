import type { EmbeddingsRequest } from './embeddings.ts'

/** What the client's language calls the task. */
export const taskWord = ({ format }: EmbeddingsRequest): string =>
  format.startsWith('gemini') ? 'taskType' : 'input_type'
