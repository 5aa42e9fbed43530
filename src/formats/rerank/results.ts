import type { Usage } from '../../chat/usage.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { RerankRequest, RerankResult } from './rerank.ts'

/** Reads the list at `key`. Throws GatewayError `upstream_malformed` for an index that is not in the request. */
export function decodeResults(fields: Fields, key: string, { documents }: RerankRequest): RerankResult[] {
  const results = fields.objects(key)
  if (!results) throw fields.wrong(key, 'is missing')
  return results.map((result) => {
    const [index, score] = [result.number('index'), result.number('relevance_score')]
    if (index === undefined || !(index in documents))
      throw result.wrong('index', 'is not the index of a document in the request')
    if (score === undefined) throw result.wrong('relevance_score', 'is missing')
    const document = result.any('document') ?? undefined
    return document === undefined ? { index, score } : { index, score, document }
  })
}

/** Reads the token usage, if reported; Cohere reports searches instead. */
export function decodeUsage(fields: Fields): { usage?: Usage } {
  const usage = fields.object('usage')
  const input = usage?.number('prompt_tokens') ?? usage?.number('total_tokens')
  return input === undefined ? {} : { usage: { input, output: 0 } }
}

/**
 * The fields that only the client's format has. Those of the common format are meant for the server behind the gateway
 * and are forwarded; those of Cohere's clients are noted.
 */
export function extraFor({ format, extra = {} }: RerankRequest, provider: string, losses: Losses): object {
  if (format === 'rerank') return extra
  for (const field of Object.keys(extra)) losses.note(field, `removed: ${provider} has no such field`)
  return {}
}

/** The documents as plain texts. Throws GatewayError `unsupported_parameter` for a document with other fields. */
export const plainTexts = ({ documents }: RerankRequest, provider: string): string[] =>
  documents.map((document, index) => {
    if (typeof document === 'string') return document
    const { text, ...rest } = document
    if (typeof text === 'string' && Object.keys(rest).length === 0) return text
    throw unsupported(`documents[${index}]`, `${provider} accepts only plain texts as documents.`)
  })
