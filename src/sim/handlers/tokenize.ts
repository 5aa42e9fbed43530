import type { ServerState } from '../server-state.ts'
import { splitTokens, tokenId } from '../text/tokens.ts'
import { refuse } from '../wire/errors.ts'
import { parseBody } from '../wire/fields.ts'
import { readMessages } from '../wire/messages.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import { checkModel } from './models.ts'

/** Counts a `prompt`, or `messages` as a chat would read them. */
export async function handleTokenize(state: ServerState, call: SimCall): Promise<Reply> {
  const body = parseBody(await call.body())
  checkModel(body, state.model)
  const prompt =
    body['prompt'] ??
    readMessages(body)
      .map(({ rendered }) => rendered)
      .join('')
  if (typeof prompt !== 'string') return refuse('prompt', 'prompt must be a string.')
  const tokens = splitTokens(prompt)
  const strings = body['return_token_strs'] === true ? tokens : null
  return jsonReply({
    count: tokens.length,
    max_model_len: state.context.maxModelTokens,
    tokens: tokens.map(tokenId),
    token_strs: strings,
  })
}
