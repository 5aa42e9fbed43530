import { defined } from '../fields/defined.ts'
import type { RequestFacts, Target } from '../format.ts'
import { commonRerank } from './common.ts'
import type { RerankFormat, RerankRequest, RerankResponse } from './rerank.ts'
import { plainTexts } from './results.ts'

const NAME = 'cohere-rerank'

/**
 * Cohere's v2 API: the common one without `return_documents`, and with plain texts only. Clients may send both anyway:
 * other servers have the common API at the same path.
 * Source: https://docs.cohere.com/v2/reference/rerank
 */
export const cohereRerank: RerankFormat = { ...commonRerank, name: NAME, decodeRequest, encodeRequest, encodeResponse }

function decodeRequest(body: unknown, facts: RequestFacts): RerankRequest {
  const request = commonRerank.decodeRequest(body, facts)
  const { priority, ...extra } = request.extra ?? {}
  const isDefault = priority === undefined || priority === 0
  return { ...request, format: NAME, extra: { ...extra, ...(!isDefault && { priority }) } }
}

function encodeRequest(request: RerankRequest, target: Target): unknown {
  const { query, top, extra } = request
  return { model: target.model, query, documents: plainTexts(request, 'Cohere'), ...defined({ top_n: top }), ...extra }
}

/** Documents that the upstream returned without request are left out. Tokens are counted in `meta`. */
function encodeResponse(answer: RerankResponse, request: RerankRequest, id: string): unknown {
  const { usage, meta = { api_version: { version: '2' }, ...(usage && { tokens: { input_tokens: usage.input } }) } } =
    answer
  const { returnsDocuments = false } = request
  return { id, ...(commonRerank.encodeResponse(answer, { ...request, returnsDocuments }, id) as object), meta }
}
