import type { Usage } from '../../chat/usage.ts'
import type { Fields } from '../fields/fields.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { RerankRequest, RerankResult } from './rerank.ts'

/** The list at `key`. Throws GatewayError `upstream_malformed` for scores of documents that nobody sent. */
export function decodeResults(fields: Fields, key: string, { documents }: RerankRequest): RerankResult[] {
  const results = fields.objects(key)
  if (!results) throw fields.wrong(key, 'is missing')
  return results.map((result) => {
    const [index, score] = [result.number('index'), result.number('relevance_score')]
    if (index === undefined || !(index in documents)) throw result.wrong('index', 'is no document of the request')
    if (score === undefined) throw result.wrong('relevance_score', 'is missing')
    const document = result.any('document') ?? undefined
    return document === undefined ? { index, score } : { index, score, document }
  })
}

/** Tokens where they are counted; Cohere counts searches instead. */
export function decodeUsage(fields: Fields): { usage?: Usage } {
  const usage = fields.object('usage')
  const input = usage?.number('prompt_tokens') ?? usage?.number('total_tokens')
  return input === undefined ? {} : { usage: { input, output: 0 } }
}

/** For servers that take bare texts only. Throws GatewayError `unsupported_parameter` for objects that are more. */
export const bareTexts = ({ documents }: RerankRequest, language: string): string[] =>
  documents.map((document, index) => {
    if (typeof document === 'string') return document
    const { text, ...rest } = document
    if (typeof text === 'string' && Object.keys(rest).length === 0) return text
    throw unsupported(`documents[${index}]`, `${language} ranks texts only.`)
  })
