import { taskField } from './task-names.ts'
import type { EmbeddingsRequest } from './embeddings.ts'
import type { Losses } from '../translation/losses.ts'

/** What vectors are for. Many models make different vectors for queries and for documents. */
export type Task =
  | 'query'
  | 'document'
  | 'similarity'
  | 'classification'
  | 'clustering'
  | 'code-query'
  | 'question'
  | 'fact-check'

/** A provider's names of the tasks that it supports. */
export type TaskNames = Readonly<Partial<Record<Task, string>>>

/** Source: https://ai.google.dev/gemini-api/docs/embeddings#supported-task-types */
export const GEMINI_TASKS: TaskNames = {
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  similarity: 'SEMANTIC_SIMILARITY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  'code-query': 'CODE_RETRIEVAL_QUERY',
  question: 'QUESTION_ANSWERING',
  'fact-check': 'FACT_VERIFICATION',
}

/** Source: https://docs.cohere.com/reference/embed */
export const COHERE_TASKS: TaskNames = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
}

/** Source: https://docs.voyageai.com/reference/embeddings-api */
export const VOYAGE_TASKS: TaskNames = { query: 'query', document: 'document' }

/** Source: https://api.jina.ai/redoc */
export const JINA_TASKS: TaskNames = {
  query: 'retrieval.query',
  document: 'retrieval.passage',
  similarity: 'text-matching',
  classification: 'classification',
  clustering: 'separation',
  'code-query': 'code.query',
}

/** Source: https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html */
export const NVIDIA_TASKS: TaskNames = { query: 'query', document: 'passage' }

const BY_NAME: ReadonlyMap<string, Task> = new Map(
  [GEMINI_TASKS, COHERE_TASKS, VOYAGE_TASKS, JINA_TASKS, NVIDIA_TASKS].flatMap((names) =>
    Object.entries(names).map(([task, name]) => [name.toLowerCase(), task as Task] as const),
  ),
)

/** Reads a task by any provider's name; undefined: unknown. */
export const decodeTask = (name: unknown): Task | undefined =>
  typeof name === 'string' ? BY_NAME.get(name.toLowerCase()) : undefined

/** Kinds of queries: if a provider does not support them, `query` is used instead. */
const QUERY_TASKS: ReadonlySet<Task> = new Set(['code-query', 'question', 'fact-check'])

/** The provider's name of the requested task, or of the nearest one; undefined: none. A change is noted as a loss. */
export function encodeTask(
  request: EmbeddingsRequest,
  names: TaskNames,
  provider: string,
  losses: Losses,
): string | undefined {
  const { task } = request
  if (task === undefined) return undefined
  const exact = names[task]
  if (exact !== undefined) return exact
  const near = QUERY_TASKS.has(task) ? names.query : undefined
  const why = `${provider} has no ${task} embeddings`
  losses.note(taskField(request), near === undefined ? `removed: ${why}` : `changed: set to ${near}, because ${why}`)
  return near
}
