import type { ServerState } from '../server-state.ts'
import { SimError } from '../wire/errors.ts'
import type { Fields } from '../wire/fields.ts'
import { jsonReply, type Reply } from '../wire/reply.ts'

/** Throws vLLM's 404 unless the request means this model; one that names none does. */
export function checkModel(body: Fields, model: string): void {
  const asked = body['model'] ?? model
  if (asked !== model) throw new SimError(404, `The model \`${String(asked)}\` does not exist.`, 'model')
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
