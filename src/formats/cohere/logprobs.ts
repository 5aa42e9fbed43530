import type { TokenLogprob } from '../../chat/response.ts'
import type { Losses } from '../translation/losses.ts'

/**
 * Encodes the tokens of one chunk of text. Only few upstreams report the ids of tokens, which are noted where they lack.
 * Source: https://docs.cohere.com/reference/chat, `logprobs`
 */
export function encodeChunk(tokens: readonly TokenLogprob[], losses: Losses): object {
  const ids = tokens.flatMap(({ tokenId }) => tokenId ?? [])
  const isKnown = ids.length === tokens.length
  if (!isKnown) losses.note('logprobs.token_ids', 'left empty: the upstream does not report the ids of tokens')
  return {
    text: tokens.map(({ token }) => token).join(''),
    token_ids: isKnown ? ids : [],
    logprobs: tokens.map(({ logprob }) => logprob),
  }
}
