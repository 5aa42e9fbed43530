import type { Usage } from '../../chat/usage.ts'
import { lastMember } from '../../codecs/json/tail.ts'
import { textOf } from '../../codecs/text.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, requestFields } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { checkCount, noteExtras, noteUser, readVectors } from './checks.ts'
import { decodeInputs } from './cohere-inputs.ts'
import type { EmbeddingsResponse, EmbeddingsFormat, EmbeddingsRequest, VectorEncoding } from './embeddings.ts'
import { COHERE_TASKS, decodeTask, encodeTask, type Task } from './task.ts'
import { toBase64, toFloats } from './vector.ts'
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
  readUsage,
}

function decodeRequest(body: unknown, facts: RequestFacts): EmbeddingsRequest {
  const fields = requestFields(body)
  const encodings = decodeEncodings(fields)
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    ...decodeInputs(fields),
    encoding: encodings[0]!,
    encodings,
    ...defined({ dimensions: fields.number('output_dimension'), task: decodeInputType(fields) }),
    ...defaultsRemoved(fields).extra(),
  }
}

/** Values of Cohere's own fields that request what every other provider does. */
function defaultsRemoved(fields: Fields): Fields {
  if (fields.peek('truncate') === 'NONE') fields.any('truncate')
  if (fields.peek('priority') === 0) fields.any('priority')
  return fields
}

function decodeInputType(fields: Fields): Task | undefined {
  const name = fields.string('input_type')
  const task = decodeTask(name)
  if (name === undefined || task !== undefined) return task
  const allowed = Object.values(COHERE_TASKS).join(', ')
  throw fields.wrong('input_type', `is ${JSON.stringify(name.slice(0, 60))}; allowed: ${allowed}`)
}

const ENCODINGS: readonly unknown[] = ['float', 'base64'] satisfies VectorEncoding[]

function decodeEncodings(fields: Fields): readonly VectorEncoding[] {
  const types = fields.list('embedding_types') ?? []
  for (const [index, type] of types.entries())
    if (!ENCODINGS.includes(type))
      throw unsupported(`embedding_types[${index}]`, 'only models of Cohere return other types than float and base64')
  return types.length === 0 ? ['float'] : [...new Set(types as readonly VectorEncoding[])]
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

/** The usage of a response that is forwarded: it is in `meta`, and the vectors before it are not decoded. */
function readUsage(answer: Uint8Array): Usage | undefined {
  const meta = lastMember(answer, 'meta')
  try {
    return meta && decodeUsage(answerFields({ meta: JSON.parse(textOf(meta)) as unknown }))
  } catch {
    return undefined // the response is metered without usage
  }
}

function decodeUsage(fields: Fields): Usage | undefined {
  const meta = fields.object('meta')
  const input = meta?.object('tokens')?.number('input_tokens') ?? meta?.object('billed_units')?.number('input_tokens')
  return input === undefined ? undefined : { input, output: 0 }
}

function encodeResponse(
  { vectors, usage }: EmbeddingsResponse,
  { inputs, encoding, encodings = [encoding] }: EmbeddingsRequest,
  id: string,
): unknown {
  const written = encodings.map((each) => [each, vectors.map<unknown>(each === 'float' ? toFloats : toBase64)] as const)
  return {
    id,
    texts: inputs,
    embeddings: Object.fromEntries(written),
    meta: { api_version: { version: '2' }, ...(usage && { billed_units: { input_tokens: usage.input } }) },
    response_type: 'embeddings_by_type',
  }
}
