import { readPrompts, scanPrompt } from '../plan/completion.ts'
import type { ServerState } from '../server-state.ts'
import { embedding } from '../text/embedding.ts'
import { invalidField } from '../wire/errors.ts'
import { parseBody, readNumber } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import { checkModel } from './models.ts'

const DEFAULT_DIMENSIONS = 384

/** Returns at once: embeddings do not go through the engine's steps. */
export async function handleEmbeddings(state: ServerState, call: SimCall): Promise<Reply> {
  const body = parseBody(await call.body())
  checkModel(body, state.model)
  const format = body['encoding_format'] ?? 'float'
  if (format !== 'float' && format !== 'base64')
    invalidField('encoding_format', 'encoding_format must be float or base64.')
  const dimensions = readNumber(body, 'dimensions', { min: 1, max: 8192, integer: true }) ?? DEFAULT_DIMENSIONS
  const prompts = readPrompts(body, 'input').map((input) => scanPrompt(input, state.context.blockTokens))
  const tokens = prompts.reduce((sum, prompt) => sum + prompt.tokens, 0)
  state.metrics.promptTokens += tokens
  state.metrics.finished.stop++
  return jsonReply({
    id: `embd-${state.nextId()}`,
    object: 'list',
    created: Math.floor(Date.now() / 1000),
    model: state.model,
    data: prompts.map(({ hash }, index) => {
      const vector = embedding(state.model, hash, dimensions)
      return { index, object: 'embedding', embedding: format === 'base64' ? toBase64(vector) : [...vector] }
    }),
    usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0, prompt_tokens_details: null },
  })
}

/** Little-endian 32-bit floats, as the OpenAI SDKs read them. */
const toBase64 = (vector: Float32Array): string => Buffer.from(vector.buffer).toString('base64')
