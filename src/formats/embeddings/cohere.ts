import type { Usage } from '../../chat/usage.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { checkCount, noteExtras, noteUser, readVectors } from './checks.ts'
import type { EmbeddingsResponse, EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { COHERE_TASKS, decodeTask, encodeTask } from './task.ts'
import { toFloats } from './vector.ts'
import { taskField } from './task-names.ts'

export const NAME = 'cohere-embed'
const PROVIDER = 'Cohere'
const MAX_TEXTS = 96

/** Cohere's `/v2/embed`. Source: https://docs.cohere.com/reference/embed */
export const cohereEmbed: EmbeddingsFormat = {
  name: NAME,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError,
}

function decodeRequest(body: unknown, facts: RequestFacts): EmbeddingsRequest {
  const fields = requestFields(body)
  const texts = fields.list('texts') ?? []
  if (texts.length === 0) throw fields.wrong('texts', 'is missing or empty')
  const at = texts.findIndex((text) => typeof text !== 'string')
  if (at !== -1) throw fields.wrong(`texts[${at}]`, 'must be a string')
  const types = fields.list('embedding_types') ?? ['float']
  if (types.length !== 1 || types[0] !== 'float') throw fields.wrong('embedding_types', 'must be ["float"]')
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    inputs: texts as readonly string[],
    inputsField: 'texts',
    encoding: 'float',
    ...defined({ dimensions: fields.number('output_dimension'), task: decodeTask(fields.any('input_type')) }),
    ...fields.extra(),
  }
}

function encodeRequest(request: EmbeddingsRequest, target: Target, losses: Losses): unknown {
  const { inputs, dimensions, extra } = request
  const isOwn = request.format === NAME
  checkCount(request, MAX_TEXTS, PROVIDER)
  if (!isOwn) noteExtras(request, PROVIDER, losses)
  noteUser(request, PROVIDER, losses)
  return {
    ...encodeTexts(request, losses),
    model: target.model,
    texts: inputs,
    ...defined({ output_dimension: dimensions }),
    ...(isOwn && extra),
  }
}

/** The fields that Cohere's models require at every provider. The default task is `document`. */
export function encodeTexts(
  request: EmbeddingsRequest,
  losses: Losses,
): { input_type: string; embedding_types: string[] } {
  const name = encodeTask(request, COHERE_TASKS, PROVIDER, losses)
  if (request.task === undefined)
    losses.note(taskField(request), 'changed: set to search_document, because Cohere requires a task')
  return { input_type: name ?? COHERE_TASKS.document!, embedding_types: ['float'] }
}

export function decodeResponse(body: unknown, request: EmbeddingsRequest): EmbeddingsResponse {
  const fields = answerFields(body)
  const vectors = fields.requiredObject('embeddings').list('float') ?? []
  return { vectors: readVectors(vectors, request), ...defined({ usage: decodeUsage(fields) }) }
}

function decodeUsage(fields: Fields): Usage | undefined {
  const meta = fields.object('meta')
  const input = meta?.object('tokens')?.number('input_tokens') ?? meta?.object('billed_units')?.number('input_tokens')
  return input === undefined ? undefined : { input, output: 0 }
}

function encodeResponse({ vectors, usage }: EmbeddingsResponse, { inputs }: EmbeddingsRequest): unknown {
  return {
    id: 'sluice',
    texts: inputs,
    embeddings: { float: vectors.map(toFloats) },
    meta: { api_version: { version: '2' }, ...(usage && { billed_units: { input_tokens: usage.input } }) },
    response_type: 'embeddings_by_type',
  }
}
