import type { TokenLogprob } from '../../chat/response.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf } from '../fields/values.ts'

/** Decodes the tokens in the `logprobs` of a choice; undefined if there are none in this shape. */
export function decodeLogprobs(logprobs: unknown): TokenLogprob[] | undefined {
  if (!isRecord(logprobs)) return undefined
  const tokens = [...listOf(logprobs['content']), ...listOf(logprobs['refusal'])].filter(isRecord).map(decodeToken)
  return tokens.length > 0 ? tokens : undefined
}

const decodeToken = (token: Readonly<Record<string, unknown>>): TokenLogprob => ({
  ...decodeOne(token),
  top: listOf(token['top_logprobs']).filter(isRecord).map(decodeOne),
})

function decodeOne({ token, logprob, bytes }: Readonly<Record<string, unknown>>): Omit<TokenLogprob, 'top'> {
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logprob === 'number' ? logprob : 0,
    ...(bytes !== undefined && { bytes: bytes as readonly number[] | null }),
  }
}

export const encodeLogprobs = (tokens: readonly TokenLogprob[] | undefined): object | null =>
  tokens === undefined ? null : { content: encodeTokens(tokens), refusal: null }

export const encodeTokens = (tokens: readonly TokenLogprob[]): object[] => tokens.map(encodeToken)

function encodeToken({ token, logprob, bytes = null, top }: TokenLogprob): object {
  return {
    token,
    logprob,
    bytes,
    top_logprobs: top.map(({ token, logprob, bytes = null }) => ({ token, logprob, bytes })),
  }
}
