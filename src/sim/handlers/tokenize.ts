import type { ServerState } from '../server-state.ts'
import { splitTokens, tokenId } from '../text/tokens.ts'
import { invalidField } from '../wire/errors.ts'
import { parseBody } from '../wire/fields.ts'
import { readMessages } from '../wire/messages.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import { checkModel } from './models.ts'

/** Counts the tokens of a `prompt`, or of `messages` as chat renders them. */
export async function handleTokenize(state: ServerState, call: SimCall): Promise<Reply> {
  const body = parseBody(await call.body())
  checkModel(body, state.model)
  const prompt =
    body['prompt'] ??
    readMessages(body)
      .map(({ rendered }) => rendered)
      .join('')
  if (typeof prompt !== 'string') return invalidField('prompt', 'prompt must be a string.')
  const tokens = splitTokens(prompt)
  const strings = body['return_token_strs'] === true ? tokens : null
  return jsonReply({
    count: tokens.length,
    max_model_len: state.context.maxModelTokens,
    tokens: tokens.map(tokenId),
    token_strs: strings,
  })
}
