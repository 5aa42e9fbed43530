// Providers whose responses have OpenAI's format, and whose requests differ from it in some fields.
import { defined } from '../fields/defined.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { checkCount, noteExtras, noteUser } from './checks.ts'
import type { EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { NAME, openaiEmbeddings } from './openai.ts'
import { encodeTask, JINA_TASKS, NVIDIA_TASKS, type Task, type TaskNames, VOYAGE_TASKS } from './task.ts'
import { taskField } from './task-names.ts'

interface Dialect {
  readonly name: string
  readonly provider: string
  readonly dimensions: 'dimensions' | 'output_dimension'
  /** The field of the task and its names. `fallback`: the default task, for providers that require one. */
  readonly tasks?: { readonly field: string; readonly names: TaskNames; readonly fallback?: Task }
  /** The fields that request base64; undefined: only numbers are supported. Both cost the same tokens. */
  readonly base64?: Readonly<Record<string, string>>
  readonly supportsUser?: true
  readonly maxInputs: number
}

const DIALECTS = {
  /** Source: https://docs.mistral.ai/api/endpoint/embeddings. The maximum number of texts is not documented. */
  mistral: { name: 'mistral-embeddings', provider: 'Mistral', dimensions: 'output_dimension', maxInputs: Infinity },
  /** Source: https://docs.voyageai.com/reference/embeddings-api */
  voyage: {
    name: 'voyage-embeddings',
    provider: 'Voyage',
    dimensions: 'output_dimension',
    tasks: { field: 'input_type', names: VOYAGE_TASKS },
    base64: { encoding_format: 'base64' },
    maxInputs: 1000,
  },
  /** Source: https://api.jina.ai/redoc */
  jina: {
    name: 'jina-embeddings',
    provider: 'Jina',
    dimensions: 'dimensions',
    tasks: { field: 'task', names: JINA_TASKS },
    maxInputs: 2048,
  },
  /**
   * Its retrieval models reject a request without a task. Source:
   * https://docs.nvidia.com/nim/nemo-retriever/text-embedding/latest/reference.html
   */
  nvidia: {
    name: 'nvidia-embeddings',
    provider: 'NVIDIA',
    dimensions: 'dimensions',
    tasks: { field: 'input_type', names: NVIDIA_TASKS, fallback: 'document' },
    base64: { encoding_format: 'base64' },
    supportsUser: true,
    maxInputs: Infinity,
  },
} as const satisfies Record<string, Dialect>

const formatOf = (dialect: Dialect): EmbeddingsFormat => ({
  ...openaiEmbeddings,
  name: dialect.name,
  encodeRequest: (request, target, losses) => encodeRequest(dialect, request, target, losses),
})

export const dialectEmbeddings: readonly EmbeddingsFormat[] = Object.values(DIALECTS).map(formatOf)

function encodeRequest(dialect: Dialect, request: EmbeddingsRequest, target: Target, losses: Losses): unknown {
  const { provider, maxInputs, supportsUser, base64, dimensions } = dialect
  const { inputs, encoding, user, extra, ...rest } = request
  const isOwn = request.format === NAME
  checkCount(request, maxInputs, provider)
  // Extra fields in OpenAI's format are meant for the server and are forwarded: `truncation`, `late_chunking`.
  if (!isOwn) noteExtras(request, provider, losses)
  if (!supportsUser) noteUser(request, provider, losses)
  return {
    model: target.model,
    input: inputs,
    ...(encoding === 'base64' && base64),
    ...(rest.dimensions !== undefined && { [dimensions]: rest.dimensions }),
    ...encodeTasks(dialect, request, losses),
    ...(supportsUser && defined({ user })),
    ...(isOwn && extra),
  }
}

function encodeTasks({ tasks, provider }: Dialect, request: EmbeddingsRequest, losses: Losses): object {
  const { field, names, fallback } = tasks ?? { field: '', names: {} as TaskNames }
  const name =
    encodeTask(request, names, provider, losses) ?? fallbackName(fallback && names[fallback], request, losses)
  return name === undefined ? {} : { [field]: name }
}

function fallbackName(name: string | undefined, request: EmbeddingsRequest, losses: Losses): string | undefined {
  if (name !== undefined && request.task === undefined)
    losses.note(taskField(request), `changed: set to ${name}, because these models require a task`)
  return name
}
