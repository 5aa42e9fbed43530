import { GatewayError } from '../../errors.ts'
import { joinResponse } from '../../formats/openai-responses/response/response-text.ts'
import type { ResponseStore, StoredResponse } from '../../state/response-store.ts'
import type { StoredResource } from '../call/arrival.ts'
import type { Call } from '../call/call.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Handle } from '../call/step.ts'
import type { EndpointParts } from '../choose/endpoint-search.ts'
import { forwardToOrigin, originCandidate } from './forward-to-origin.ts'
import { listInputItems } from './list-input-items.ts'

export interface StoredResponseParts extends EndpointParts {
  readonly responses: ResponseStore
}

/**
 * Retrieves, lists, cancels or deletes a stored response. A request for one that its provider keeps is forwarded to
 * the endpoint that has it. Throws GatewayError `not_found` for a response that is not the caller's.
 */
export const storedResponse =
  (parts: StoredResponseParts): Handle =>
  async (call) => {
    const resource = call.arrival.resource!
    if (resource.type === 'conversation') throw noConversations()
    const { responses } = parts
    const found = await responses.find(call.principal.id, resource.id)
    if (!found) throw notFound(resource.id)
    const origin = originCandidate(call, found.origin)
    if (origin) {
      const answer = await forwardToOrigin(call, resource, origin, parts)
      if (call.arrival.client.method === 'DELETE') await responses.delete(call.principal.id, resource.id)
      return answer
    }
    return new Response(await bodyFor(call, resource, found, responses), {
      headers: responseHeaders(call, 'application/json'),
    })
  }

/** The methods of a resource. */
export const methodsOf = (resource: StoredResource): readonly string[] => METHODS[resource.type]

const METHODS = {
  response: ['GET', 'HEAD', 'DELETE'],
  input_items: ['GET', 'HEAD'],
  cancel: ['POST'],
  conversation: ['GET', 'HEAD', 'POST', 'DELETE'],
} as const satisfies Record<StoredResource['type'], readonly string[]>

async function bodyFor(
  { arrival: { client }, principal }: Call,
  { type, id }: StoredResource,
  found: StoredResponse,
  store: ResponseStore,
): Promise<string> {
  const query = new URL(client.url).searchParams
  if (type === 'cancel') throw notCancelled()
  if (type === 'input_items') return JSON.stringify(listInputItems(found.input ?? [], query))
  if (client.method === 'DELETE') {
    await store.delete(principal.id, id)
    return JSON.stringify({ id, object: 'response', deleted: true })
  }
  for (const param of ['stream', 'starting_after']) checkWhole(param, query)
  return joinResponse(
    found.shell,
    found.output.map(({ text }) => text),
  )
}

function checkWhole(param: string, query: URLSearchParams): void {
  const value = query.get(param)
  if (value === null || value === 'false') return
  throw new GatewayError(
    'unsupported_parameter',
    `"${param}" is not supported: Sluice returns a stored response whole.`,
    {
      param,
    },
  )
}

const notFound = (id: string) =>
  new GatewayError(
    'not_found',
    `Response with id ${JSON.stringify(id.slice(0, 100))} not found: it has expired, was deleted or sent with "store": false, or belongs to another key.`,
  )

const notCancelled = () =>
  new GatewayError(
    'invalid_request',
    'Only a response that is generated in the background can be cancelled. Close the connection to cancel another one.',
  )

const noConversations = () =>
  new GatewayError(
    'not_found',
    'Sluice does not keep conversations. Continue a response with "previous_response_id", or send the whole conversation in "input".',
  )
