import type { TokenLogprob } from '../../../chat/response.ts'
import { isRecord } from '../../fields/fields.ts'

/** `logprobsResult`. Source: https://ai.google.dev/api/generate-content#LogprobsResult */
export function decodeLogprobs(result: unknown): TokenLogprob[] {
  if (!isRecord(result)) return []
  const tops = Array.isArray(result['topCandidates']) ? (result['topCandidates'] as unknown[]) : []
  return tokensOf(result['chosenCandidates']).map((chosen, at) => Object.assign(chosen, { top: topOf(tops[at]) }))
}

const topOf = (row: unknown): Token[] => (isRecord(row) ? tokensOf(row['candidates']) : [])

export function encodeLogprobs(tokens: readonly TokenLogprob[]): Record<string, unknown> {
  return {
    chosenCandidates: tokens.map(encodeToken),
    ...(tokens.some(({ top }) => top.length > 0) && {
      topCandidates: tokens.map(({ top }) => ({ candidates: top.map(encodeToken) })),
    }),
  }
}

type Token = Omit<TokenLogprob, 'top'>

const tokensOf = (list: unknown): Token[] =>
  Array.isArray(list) ? (list as unknown[]).filter(isRecord).map(decodeToken) : []

const decodeToken = ({ token, logProbability, tokenId }: Record<string, unknown>): Token => ({
  token: typeof token === 'string' ? token : '',
  logprob: typeof logProbability === 'number' ? logProbability : 0,
  ...(typeof tokenId === 'number' && { tokenId }),
})

const encodeToken = ({ token, logprob, tokenId }: Token): Record<string, unknown> => ({
  token,
  logProbability: logprob,
  ...(tokenId !== undefined && { tokenId }),
})
