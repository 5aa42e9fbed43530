// Ollama's embeddings, in two forms. Sources: https://docs.ollama.com/api/embed,
// https://github.com/ollama/ollama/blob/main/docs/api.md#generate-embedding
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { decodeError } from '../ollama/decode-error.ts'
import { noteExtras, noteUser, readVectors } from './checks.ts'
import type { EmbeddingsFormat, EmbeddingsRequest, EmbeddingsResponse } from './embeddings.ts'
import { encodeTask } from './task.ts'
import { toFloats } from './vector.ts'

const PROVIDER = 'Ollama'
const EMBED = 'ollama-embed'
const EMBEDDINGS = 'ollama-embeddings'

/** `/api/embed`: a text or several. */
export const ollamaEmbed: EmbeddingsFormat = {
  name: EMBED,
  decodeRequest: (body, facts) => decodeRequest(EMBED, 'input', body, facts),
  encodeRequest: (request, target, losses) => ({
    ...encodeCommon(EMBED, request, target, losses),
    input: request.inputs,
  }),
  decodeResponse(body, request) {
    const fields = answerFields(body)
    const input = fields.number('prompt_eval_count')
    return {
      vectors: readVectors(fields.list('embeddings') ?? [], request),
      ...defined({ model: fields.string('model'), usage: input === undefined ? undefined : { input, output: 0 } }),
    }
  },
  encodeResponse: ({ vectors, model, usage }, request) => ({
    model: model ?? request.model ?? '',
    embeddings: vectors.map(toFloats),
    ...(usage && { prompt_eval_count: usage.input }),
  }),
  decodeError,
  readUsage: (bytes) => readUsage(bytes),
}

/** `/api/embeddings`: the older form, with one text. */
export const ollamaEmbeddings: EmbeddingsFormat = {
  name: EMBEDDINGS,
  decodeRequest: (body, facts) => decodeRequest(EMBEDDINGS, 'prompt', body, facts),
  encodeRequest: (request, target, losses) => ({
    ...encodeCommon(EMBEDDINGS, request, target, losses),
    prompt: request.inputs[0],
  }),
  decodeResponse: (body, request) => ({ vectors: readVectors([answerFields(body).any('embedding')], request) }),
  encodeResponse: ({ vectors }: EmbeddingsResponse) => ({ embedding: toFloats(vectors[0]!) }),
  decodeError,
}

/** `keep_alive` and `truncate: true`, the default, change nothing in the response. */
function decodeRequest(format: string, field: string, body: unknown, facts: RequestFacts): EmbeddingsRequest {
  const fields = requestFields(body)
  fields.any('keep_alive')
  if (fields.peek('truncate') === true) fields.any('truncate')
  return {
    format,
    model: fields.string('model') ?? facts.model,
    inputs: decodeInputs(fields, field),
    inputsField: field,
    encoding: 'float',
    ...defined({ dimensions: fields.number('dimensions') }),
    ...fields.extra(),
  }
}

function decodeInputs(fields: Fields, field: string): readonly string[] {
  const input = fields.any(field)
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  if (list.length === 0) throw fields.wrong(field, 'is missing or empty')
  const at = list.findIndex((text) => typeof text !== 'string')
  if (at !== -1) throw fields.wrong(Array.isArray(input) ? `${field}[${at}]` : field, 'must be a string')
  return list as readonly string[]
}

function encodeCommon(format: string, request: EmbeddingsRequest, target: Target, losses: Losses): object {
  const isOwn = request.format === format
  if (!isOwn) noteExtras(request, PROVIDER, losses)
  noteUser(request, PROVIDER, losses)
  encodeTask(request, {}, PROVIDER, losses)
  return { model: target.model, ...defined({ dimensions: request.dimensions }), ...(isOwn && request.extra) }
}

function readUsage(bytes: Uint8Array) {
  const input = answerFields(JSON.parse(Buffer.from(bytes).toString())).number('prompt_eval_count')
  return input === undefined ? undefined : { input, output: 0 }
}
