import type { Usage } from '../../chat/usage.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { noteExtras, readVectors } from './checks.ts'
import type { EmbeddingsResponse, EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { decodeTask, encodeTask } from './task.ts'
import { toBase64, toFloats } from './vector.ts'

export const NAME = 'openai-embeddings'
const PROVIDER = 'OpenAI'

/** Fields in which clients of this format send the task: of Cohere, Voyage and NVIDIA; of Jina; of Google. */
const TASK_FIELDS = ['input_type', 'task', 'task_type'] as const

/** OpenAI's embeddings. Source: https://platform.openai.com/docs/api-reference/embeddings */
export const openaiEmbeddings: EmbeddingsFormat = {
  name: NAME,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError,
}

function decodeRequest(body: unknown, facts: RequestFacts): EmbeddingsRequest {
  const fields = requestFields(body)
  const taskField = TASK_FIELDS.find((field) => decodeTask(fields.peek(field)) !== undefined)
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    inputs: decodeInputs(fields),
    inputsField: 'input',
    encoding: fields.oneOf('encoding_format', ['float', 'base64']) ?? 'float',
    ...defined({
      dimensions: fields.number('dimensions'),
      task: taskField && decodeTask(fields.any(taskField)),
      user: fields.string('user'),
    }),
    ...fields.extra(),
  }
}

function decodeInputs(fields: Fields): readonly string[] {
  const input = fields.any('input')
  if (typeof input === 'string') return [input]
  const list = fields.list('input') ?? []
  if (list.length === 0) throw fields.wrong('input', 'is missing or empty')
  if (list.some(isTokens))
    throw unsupported('input', 'token lists are valid only for the models of one provider; send text to this model.')
  const at = list.findIndex((text) => typeof text !== 'string')
  if (at !== -1) throw fields.wrong(`input[${at}]`, 'must be a string')
  return list as readonly string[]
}

const isTokens = (item: unknown): boolean =>
  typeof item === 'number' || (Array.isArray(item) && item.every((token) => typeof token === 'number'))

function encodeRequest(request: EmbeddingsRequest, target: Target, losses: Losses): unknown {
  const { inputs, encoding, dimensions, user, extra } = request
  const isOwn = request.format === NAME
  if (!isOwn) noteExtras(request, PROVIDER, losses)
  encodeTask(request, {}, PROVIDER, losses)
  return {
    model: target.model,
    input: inputs,
    encoding_format: encoding,
    ...defined({ dimensions, user }),
    ...(isOwn && extra),
  }
}

/** Orders items by `index`, or by position if it is absent. Voyage reports only `total_tokens`. */
export function decodeResponse(body: unknown, request: EmbeddingsRequest): EmbeddingsResponse {
  const fields = answerFields(body)
  const items = fields.objects('data') ?? []
  const byIndex = new Map(items.map((item, at) => [item.number('index') ?? at, item.any('embedding')] as const))
  return {
    vectors: readVectors(
      items.map((_, at) => byIndex.get(at)),
      request,
    ),
    ...defined({ model: fields.string('model'), usage: decodeUsage(fields) }),
  }
}

function decodeUsage(fields: Fields): Usage | undefined {
  const usage = fields.object('usage')
  const input = usage?.number('prompt_tokens') ?? usage?.number('total_tokens')
  return input === undefined ? undefined : { input, output: 0 }
}

/** Writes zeros if the upstream reported no usage, because clients read `usage` without checking that it exists. */
export function encodeResponse({ vectors, model, usage }: EmbeddingsResponse, request: EmbeddingsRequest): unknown {
  const write = request.encoding === 'base64' ? toBase64 : toFloats
  const tokens = usage?.input ?? 0
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: write(vector) })),
    model: model ?? request.model ?? '',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}
