// Servers that answer like OpenAI and want to be asked in some words of their own.
import { defined } from '../fields/defined.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { checkCount, noteExtras, noteUser } from './checks.ts'
import type { EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { NAME, openaiEmbeddings } from './openai.ts'
import { encodeTask, JINA_TASKS, NVIDIA_TASKS, type Task, type TaskWords, VOYAGE_TASKS } from './task.ts'
import { taskWord } from './task-names.ts'

interface Dialect {
  readonly name: string
  readonly language: string
  readonly dimensions: 'dimensions' | 'output_dimension'
  /** Where it is told what the vectors are for, and the task that is assumed by us where it cannot do without. */
  readonly tasks?: { readonly field: string; readonly words: TaskWords; readonly orElse?: Task }
  /** How it is asked for base64; undefined: it sends numbers. Both cost the same tokens. */
  readonly base64?: Readonly<Record<string, string>>
  readonly takesUser?: true
  readonly mostInputs: number
}

const DIALECTS = {
  /** Source: https://docs.mistral.ai/api/endpoint/embeddings. Undocumented: a cap on the texts of a call. */
  mistral: { name: 'mistral-embeddings', language: 'Mistral', dimensions: 'output_dimension', mostInputs: Infinity },
  /** Source: https://docs.voyageai.com/reference/embeddings-api */
  voyage: {
    name: 'voyage-embeddings',
    language: 'Voyage',
    dimensions: 'output_dimension',
    tasks: { field: 'input_type', words: VOYAGE_TASKS },
    base64: { encoding_format: 'base64' },
    mostInputs: 1000,
  },
  /** Source: https://api.jina.ai/redoc */
  jina: {
    name: 'jina-embeddings',
    language: 'Jina',
    dimensions: 'dimensions',
    tasks: { field: 'task', words: JINA_TASKS },
    mostInputs: 2048,
  },
  /** Its models for search refuse a call that does not say the task. Source: https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html */
  nvidia: {
    name: 'nvidia-embeddings',
    language: 'NVIDIA',
    dimensions: 'dimensions',
    tasks: { field: 'input_type', words: NVIDIA_TASKS, orElse: 'document' },
    base64: { encoding_format: 'base64' },
    takesUser: true,
    mostInputs: Infinity,
  },
} as const satisfies Record<string, Dialect>

const formatOf = (dialect: Dialect): EmbeddingsFormat => ({
  ...openaiEmbeddings,
  name: dialect.name,
  encodeRequest: (request, target, losses) => encodeRequest(dialect, request, target, losses),
})

export const dialectEmbeddings: readonly EmbeddingsFormat[] = Object.values(DIALECTS).map(formatOf)

function encodeRequest(dialect: Dialect, request: EmbeddingsRequest, target: Target, losses: Losses): unknown {
  const { language, mostInputs, takesUser, base64, dimensions } = dialect
  const { inputs, encoding, user, extra, ...rest } = request
  const isOwn = request.format === NAME
  checkCount(request, mostInputs, language)
  if (!isOwn) noteExtras(request, language, losses) // its own are taken for the server's: `truncation`, `late_chunking`
  if (!takesUser) noteUser(request, language, losses)
  return {
    model: target.model,
    input: inputs,
    ...(encoding === 'base64' && base64),
    ...(rest.dimensions !== undefined && { [dimensions]: rest.dimensions }),
    ...encodeTasks(dialect, request, losses),
    ...(takesUser && defined({ user })),
    ...(isOwn && extra),
  }
}

function encodeTasks({ tasks, language }: Dialect, request: EmbeddingsRequest, losses: Losses): object {
  const { field, words, orElse } = tasks ?? { field: '', words: {} as TaskWords }
  const word = encodeTask(request, words, language, losses) ?? assumed(orElse && words[orElse], request, losses)
  return word === undefined ? {} : { [field]: word }
}

function assumed(word: string | undefined, request: EmbeddingsRequest, losses: Losses): string | undefined {
  if (word !== undefined && request.task === undefined)
    losses.note(taskWord(request), `set to ${word}: these models have to be told what vectors are for`)
  return word
}
