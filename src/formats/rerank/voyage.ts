import { defined } from '../fields/defined.ts'
import { answerFields } from '../fields/fields.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { commonRerank } from './common.ts'
import type { RerankResponse, RerankFormat, RerankRequest } from './rerank.ts'
import { plainTexts, decodeResults, decodeUsage, extraFor } from './results.ts'

/** Voyage's: `top_k` and `data`. Source: https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: RerankFormat = { ...commonRerank, name: 'voyage-rerank', encodeRequest, decodeResponse }

function encodeRequest(request: RerankRequest, target: Target, losses: Losses): unknown {
  const { query, top, returnsDocuments } = request
  return {
    model: target.model,
    query,
    documents: plainTexts(request, 'Voyage'),
    ...defined({ top_k: top, return_documents: returnsDocuments }),
    ...extraFor(request, 'Voyage', losses),
  }
}

function decodeResponse(body: unknown, request: RerankRequest): RerankResponse {
  const fields = answerFields(body)
  return {
    results: decodeResults(fields, 'data', request),
    ...defined({ model: fields.string('model') }),
    ...decodeUsage(fields),
  }
}
