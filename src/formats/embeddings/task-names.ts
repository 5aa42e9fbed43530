import type { EmbeddingsRequest } from './embeddings.ts'

/** The field of the task in the client's format. */
export const taskField = ({ format }: EmbeddingsRequest): string =>
  format.startsWith('gemini') ? 'taskType' : 'input_type'
