import { defined } from '../fields/defined.ts'
import { answerFields, type Fields, isRecord, requestFields } from '../fields/fields.ts'
import type { RequestFacts, Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { decodeResults, decodeUsage, extraFor } from './results.ts'
import type { RerankResponse, RerankFormat, RerankRequest, RerankResult } from './rerank.ts'

export const NAME = 'rerank'

/**
 * The rerank API that most servers share (Cohere's v1, as in Jina, vLLM, llama.cpp and Together). It is also Sluice's
 * own.
 * Sources: https://docs.cohere.com/reference/rerank, https://api.jina.ai/redoc,
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#re-rank-api
 */
export const commonRerank: RerankFormat = {
  name: NAME,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  decodeError,
}

function decodeRequest(body: unknown, facts: RequestFacts): RerankRequest {
  const fields = requestFields(body)
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    query: fields.requiredString('query'),
    documents: decodeDocuments(fields),
    ...defined({ top: fields.number('top_n'), returnsDocuments: fields.boolean('return_documents') }),
    ...fields.extra(),
  }
}

function decodeDocuments(fields: Fields): RerankRequest['documents'] {
  const documents = fields.list('documents') ?? []
  if (documents.length === 0) throw fields.wrong('documents', 'is missing or empty')
  const at = documents.findIndex((document) => typeof document !== 'string' && !isRecord(document))
  if (at !== -1) throw fields.wrong(`documents[${at}]`, 'must be a string or an object')
  return documents as RerankRequest['documents']
}

function encodeRequest(request: RerankRequest, target: Target, losses: Losses): unknown {
  const { query, documents, top, returnsDocuments } = request
  return {
    model: target.model,
    query,
    documents,
    ...defined({ top_n: top, return_documents: returnsDocuments }),
    ...extraFor(request, 'this server', losses),
  }
}

export function decodeResponse(body: unknown, request: RerankRequest): RerankResponse {
  const fields = answerFields(body)
  return {
    results: decodeResults(fields, 'results', request),
    ...defined({ id: fields.string('id'), model: fields.string('model'), meta: fields.record('meta') }),
    ...decodeUsage(fields),
  }
}

function encodeResponse({ id, model, results, meta, usage }: RerankResponse, request: RerankRequest): unknown {
  return {
    ...defined({ id, model: model ?? request.model }),
    results: results.map((result) => encodeResult(result, request)),
    ...defined({ meta }),
    ...(usage && { usage: { prompt_tokens: usage.input, total_tokens: usage.input } }),
  }
}

function encodeResult({ index, score, document }: RerankResult, request: RerankRequest): object {
  const returned = request.returnsDocuments === false ? undefined : (document ?? requestedDocument(request, index))
  const written = typeof returned === 'string' ? { text: returned } : returned
  return { index, relevance_score: score, ...(written !== undefined && { document: written }) }
}

/** The document to add to a result. Cohere's v2 API does not return documents, so Sluice adds them. */
const requestedDocument = ({ returnsDocuments, documents }: RerankRequest, index: number) =>
  returnsDocuments ? documents[index] : undefined
