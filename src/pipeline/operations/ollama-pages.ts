// The pages of Ollama's API that call no model. Source: https://docs.ollama.com/api
import { GatewayError } from '../../errors.ts'
import { isRecord } from '../../formats/fields/fields.ts'
import { OLLAMA_VERSION, ollamaDetails } from '../../formats/model-lists.ts'
import type { Call } from '../call/call.ts'
import { parseBody } from '../call/parse-body.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Handle } from '../call/step.ts'
import { findName, namesOn } from './list-models.ts'

/** `POST /api/show`: what Sluice knows of a model, which is little more than that it exists. */
export const showModel: Handle = async (call) => {
  const { route, snapshot, api } = call.arrival
  const name = findName(requestedName(call), namesOn(route, snapshot.table), snapshot.table, api?.defaultTag)
  const pools = snapshot.table.find(name)?.model.pools
  return page(call, ollamaDetails(name, pools !== undefined && !pools.chat && pools.embeddings !== undefined))
}

/** `GET /api/ps`: no model, because Sluice does not know what its upstreams have loaded. */
export const listRunning: Handle = async (call) => page(call, { models: [] })

/** `GET /api/version` */
export const showVersion: Handle = async (call) => page(call, { version: OLLAMA_VERSION })

const page = (call: Call, body: object): Response =>
  new Response(JSON.stringify(body), { headers: responseHeaders(call, 'application/json') })

/** Older clients send `name`. */
function requestedName({ body }: Call): string {
  const fields = parseBody(body.bytes)
  if (!isRecord(fields)) throw new GatewayError('invalid_request', 'The request body must be a JSON object.')
  const name = fields['model'] || fields['name']
  if (typeof name === 'string' && name !== '') return name
  throw new GatewayError('missing_required_parameter', '"model" is missing.', { param: 'model' })
}
