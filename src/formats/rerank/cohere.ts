import { defined } from '../fields/defined.ts'
import type { Target } from '../format.ts'
import { commonRerank } from './common.ts'
import type { RerankFormat, RerankRequest } from './rerank.ts'
import { bareTexts } from './results.ts'

/**
 * Cohere's own second API: the common one without `return_documents`, and with bare texts.
 * Source: https://docs.cohere.com/v2/reference/rerank
 */
export const cohereRerank: RerankFormat = { ...commonRerank, name: 'cohere-rerank', encodeRequest }

function encodeRequest(request: RerankRequest, target: Target): unknown {
  const { query, top, extra } = request
  return { model: target.model, query, documents: bareTexts(request, 'Cohere'), ...defined({ top_n: top }), ...extra }
}
