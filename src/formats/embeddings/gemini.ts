import type { Usage } from '../../chat/usage.ts'
import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, isRecord } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import { decodeError } from '../gemini/response/decode-error.ts'
import { pathOf, protoFields, protoObject, protoObjects } from '../gemini/proto.ts'
import { lastMember } from '../../codecs/json/tail.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { textOf } from '../../codecs/text.ts'
import { checkCount, noteExtras, noteUser, readVectors } from './checks.ts'
import type { EmbeddingsResponse, EmbeddingsFormat, EmbeddingsRequest } from './embeddings.ts'
import { decodeTask, encodeTask, GEMINI_TASKS, type Task } from './task.ts'
import { toFloats } from './vector.ts'

const PROVIDER = 'Gemini'
const MAX_REQUESTS = 100

const common = { decodeError, readUsage }

/** One text: `models/{model}:embedContent`. Source: https://ai.google.dev/api/embeddings#method:-models.embedcontent */
export const geminiEmbed: EmbeddingsFormat = {
  name: 'gemini-embed',
  decodeRequest: (body, facts) => decodeRequests('gemini-embed', [protoFields(body, '')], 'content', facts),
  encodeRequest(request, target, losses) {
    checkCount(request, 1, PROVIDER)
    return encodeRequests(request, target, losses)[0]
  },
  decodeResponse(body, request) {
    const fields = answerFields(body)
    const values = fields.requiredObject('embedding').any('values')
    return { vectors: readVectors([values], request), ...decodeUsage(fields) }
  },
  encodeResponse: (answer) => ({ embedding: { values: toFloats(answer.vectors[0]!) }, ...encodeUsage(answer) }),
  withModel: (body, model) => (isRecord(body) && 'model' in body ? { ...body, model: resourceName(model) } : body),
  ...common,
}

/**
 * Several texts: `models/{model}:batchEmbedContents`. Source:
 * https://ai.google.dev/api/embeddings#method:-models.batchembedcontents
 */
export const geminiBatchEmbed: EmbeddingsFormat = {
  name: 'gemini-batch-embed',
  decodeRequest(body, facts) {
    const fields = protoFields(body, '')
    const requests = protoObjects(fields, 'requests') ?? []
    if (requests.length === 0) throw fields.wrong('requests', 'is missing or empty')
    return decodeRequests('gemini-batch-embed', requests, 'requests', facts)
  },
  encodeRequest(request, target, losses) {
    checkCount(request, MAX_REQUESTS, PROVIDER)
    return { requests: encodeRequests(request, target, losses) }
  },
  decodeResponse(body, request) {
    const fields = answerFields(body)
    const values = (fields.objects('embeddings') ?? []).map((embedding) => embedding.any('values'))
    return { vectors: readVectors(values, request), ...decodeUsage(fields) }
  },
  encodeResponse: (answer) => ({
    embeddings: answer.vectors.map((vector) => ({ values: toFloats(vector) })),
    ...encodeUsage(answer),
  }),
  withModel(body, model) {
    if (!isRecord(body) || !Array.isArray(body['requests'])) return body
    const requests = body['requests'].map((request: unknown) =>
      isRecord(request) ? { ...request, model: resourceName(model) } : request,
    )
    return { ...body, requests }
  },
  ...common,
}

const resourceName = (model: string): string => (model.startsWith('models/') ? model : `models/${model}`)

interface Settings {
  readonly task: Task | undefined
  readonly dimensions: number | undefined
}

/** Other formats have one task and one length per request, so requests that differ in them are rejected. */
function decodeRequests(
  format: string,
  requests: readonly Fields[],
  inputsField: string,
  { model }: RequestFacts,
): EmbeddingsRequest {
  const settings = requests.map(decodeSettings)
  const { task, dimensions } = settings[0]!
  const other = settings.findIndex((each) => each.task !== task || each.dimensions !== dimensions)
  if (other !== -1)
    throw unsupported(
      `requests[${other}]`,
      'differs from the first request in taskType or outputDimensionality; this model supports one value for all texts.',
    )
  const inputs = requests.map(decodeText)
  return {
    format,
    model: model ?? requests[0]!.string('model')?.replace(/^models\//, ''),
    inputs,
    inputsField,
    encoding: 'float',
    ...defined({ task, dimensions }),
    ...decodeExtra(requests),
  }
}

function decodeSettings(fields: Fields): Settings {
  fields.any('model')
  const name = fields.string('taskType')
  const task = decodeTask(name)
  if (name !== undefined && name !== 'TASK_TYPE_UNSPECIFIED' && task === undefined)
    throw fields.wrong(
      'taskType',
      `is ${JSON.stringify(name.slice(0, 60))}; allowed: ${Object.values(GEMINI_TASKS).join(', ')}`,
    )
  return { task, dimensions: fields.number('outputDimensionality') }
}

/** Reads the text of one vector. Only Gemini can make one vector of several parts. */
function decodeText(fields: Fields): string {
  const content = protoObject(fields, 'content')
  if (!content) throw fields.wrong('content', 'is missing')
  content.any('role')
  const parts = protoObjects(content, 'parts') ?? []
  if (parts.length !== 1)
    throw unsupported(pathOf(content, 'parts'), `has ${parts.length} parts; this model accepts one part per vector.`)
  const text = parts[0]!.string('text')
  if (text === undefined)
    throw unsupported(`${pathOf(content, 'parts')}[0]`, 'has no text; this model embeds only text.')
  return text
}

/** Fields that only Gemini has (`title`, `autoTruncate`), of all texts together. */
function decodeExtra(requests: readonly Fields[]): { extra?: Readonly<Record<string, unknown>> } {
  const extra: Record<string, unknown> = {}
  for (const fields of requests) Object.assign(extra, fields.rest())
  return Object.keys(extra).length > 0 ? { extra } : {}
}

function encodeRequests(request: EmbeddingsRequest, target: Target, losses: Losses): object[] {
  const { inputs, dimensions } = request
  noteExtras(request, PROVIDER, losses)
  noteUser(request, PROVIDER, losses)
  const settings = defined({
    model: resourceName(target.model),
    taskType: encodeTask(request, GEMINI_TASKS, PROVIDER, losses),
    outputDimensionality: dimensions,
  })
  return inputs.map((text) => Object.assign({ content: { parts: [{ text }] } }, settings))
}

const decodeUsage = (fields: Fields): { usage?: Usage } => defined({ usage: usageOf(fields.any('usageMetadata')) })

/** Only newer models report usage. */
function usageOf(metadata: unknown): Usage | undefined {
  const input = isRecord(metadata) ? metadata['promptTokenCount'] : undefined
  return typeof input === 'number' ? { input, output: 0 } : undefined
}

function readUsage(answer: Uint8Array): Usage | undefined {
  const metadata = lastMember(answer, 'usageMetadata')
  return metadata && usageOf(parsed(textOf(metadata)))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the member was found inside a string
  }
}

const encodeUsage = ({ usage }: EmbeddingsResponse): object =>
  usage ? { usageMetadata: { promptTokenCount: usage.input, totalTokenCount: usage.input } } : {}
