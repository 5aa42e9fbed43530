import { defined } from '../fields/defined.ts'
import type { Target } from '../format.ts'
import { commonRerank } from './common.ts'
import type { RerankFormat, RerankRequest } from './rerank.ts'
import { plainTexts } from './results.ts'

/**
 * Cohere's v2 API: the common one without `return_documents`, and with plain texts only.
 * Source: https://docs.cohere.com/v2/reference/rerank
 */
export const cohereRerank: RerankFormat = { ...commonRerank, name: 'cohere-rerank', encodeRequest }

function encodeRequest(request: RerankRequest, target: Target): unknown {
  const { query, top, extra } = request
  return { model: target.model, query, documents: plainTexts(request, 'Cohere'), ...defined({ top_n: top }), ...extra }
}
