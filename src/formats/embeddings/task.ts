import { taskWord } from './task-names.ts'
import type { EmbeddingsRequest } from './embeddings.ts'
import type { Losses } from '../translation/losses.ts'

/** What vectors are made for; many models make others for questions than for what is to be found. */
export type Task =
  | 'query'
  | 'document'
  | 'similarity'
  | 'classification'
  | 'clustering'
  | 'code-query'
  | 'question'
  | 'fact-check'

/** A language's words for the tasks that it knows. */
export type TaskWords = Readonly<Partial<Record<Task, string>>>

/** Source: https://ai.google.dev/gemini-api/docs/embeddings#supported-task-types */
export const GEMINI_TASKS: TaskWords = {
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
export const COHERE_TASKS: TaskWords = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
}

/** Source: https://docs.voyageai.com/reference/embeddings-api */
export const VOYAGE_TASKS: TaskWords = { query: 'query', document: 'document' }

/** Source: https://api.jina.ai/redoc */
export const JINA_TASKS: TaskWords = {
  query: 'retrieval.query',
  document: 'retrieval.passage',
  similarity: 'text-matching',
  classification: 'classification',
  clustering: 'separation',
  'code-query': 'code.query',
}

/** Source: https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html */
export const NVIDIA_TASKS: TaskWords = { query: 'query', document: 'passage' }

const BY_WORD: ReadonlyMap<string, Task> = new Map(
  [GEMINI_TASKS, COHERE_TASKS, VOYAGE_TASKS, JINA_TASKS, NVIDIA_TASKS].flatMap((words) =>
    Object.entries(words).map(([task, word]) => [word.toLowerCase(), task as Task] as const),
  ),
)

/** Reads the word of any of these languages; undefined for none of them. */
export const decodeTask = (word: unknown): Task | undefined =>
  typeof word === 'string' ? BY_WORD.get(word.toLowerCase()) : undefined

/** All of these are questions: where there is no word of their own, they are asked as such. */
const ASKS: ReadonlySet<Task> = new Set(['code-query', 'question', 'fact-check'])

/** The language's word for what is asked, or for what comes near it; undefined: none is. What is changed by it is noted. */
export function encodeTask(
  request: EmbeddingsRequest,
  words: TaskWords,
  language: string,
  losses: Losses,
): string | undefined {
  const { task } = request
  if (task === undefined) return undefined
  const exact = words[task]
  if (exact !== undefined) return exact
  const near = ASKS.has(task) ? words.query : undefined
  const what = near === undefined ? 'removed' : `changed to ${near}`
  losses.note(taskWord(request), `${what}: ${language} has no ${task} embeddings`)
  return near
}
