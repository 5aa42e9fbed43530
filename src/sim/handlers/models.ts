import type { ServerState } from '../server-state.ts'
import { SimError } from '../wire/errors.ts'
import type { Fields } from '../wire/fields.ts'
import { jsonReply, type Reply } from '../wire/reply.ts'

/** Throws vLLM's 404 if the request names another model. A request without a model is accepted. */
export function checkModel(body: Fields, model: string): void {
  const requested = body['model'] ?? model
  if (requested !== model) throw new SimError(404, `The model \`${String(requested)}\` does not exist.`, 'model')
}

export const listModels = ({ model, context, startedAt }: ServerState): Reply =>
  jsonReply({
    object: 'list',
    data: [
      {
        id: model,
        object: 'model',
        created: startedAt,
        owned_by: 'vllm',
        root: model,
        parent: null,
        max_model_len: context.maxModelTokens,
      },
    ],
  })
