// Stored responses: requests refer to them, and clients read and delete them.
import { formatRouteAt } from '../formats/route.ts'
import type { ServerState } from '../server-state.ts'
import { itemsOf, NotStored, responseNotFound, withStoredItems } from '../stored/references.ts'
import type { StoredResponses } from '../stored/stored-responses.ts'
import { type Fields, parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink } from '../wire/reply.ts'

type Serve = (call: SimCall) => Promise<Reply>

/** Serves a request of the Responses API with the items that it refers to, and stores the response. */
export async function serveWithStored({ stored }: ServerState, call: SimCall, serve: Serve): Promise<Reply> {
  if (formatRouteAt(call.path)?.format.name !== 'openai-responses') return serve(call)
  const text = await call.body()
  const original = parseBody(text)
  const body = withStoredItems(original, stored)
  const resolved = body === original ? text : JSON.stringify(body)
  const reply = await serve({ ...call, signal: call.signal, body: async () => resolved })
  return body['store'] === false ? reply : storing(reply, stored, itemsOf(body['input'], stored))
}

function storing(reply: Reply, stored: StoredResponses, input: readonly unknown[]): Reply {
  if (reply.type === 'whole' && reply.status === 200) stored.keep(parseBody(reply.body), input)
  if (reply.type !== 'stream') return reply
  const keep = (response: Fields) => stored.keep(response, input)
  return { ...reply, start: (sink) => reply.start(createStoringSink(sink, keep)) }
}

const LAST_EVENT = /^event: response\.(?:completed|incomplete)\ndata: (.+)$/m

/** Stores the response of the last event before it sends it. */
const createStoringSink = (sink: Sink, keep: (response: Fields) => void): Sink => ({
  write(text) {
    const [, data] = LAST_EVENT.exec(text) ?? []
    if (data !== undefined) keep((JSON.parse(data) as { response: Fields }).response)
    sink.write(text)
  },
  end: () => sink.end(),
  breakOff: (how) => sink.breakOff(how),
})

const ONE_RESPONSE = /^\/v1\/responses\/([^/]+)$/

export const isStoredPath = (path: string): boolean => ONE_RESPONSE.test(path)

/** `GET` and `DELETE /v1/responses/ID`. Throws NotStored. */
export function handleStored({ stored }: ServerState, { method, path }: SimCall): Reply {
  const id = ONE_RESPONSE.exec(path)![1]!
  if (method !== 'DELETE') {
    const found = stored.find(id)
    if (!found) throw responseNotFound(id)
    return jsonReply(found.response)
  }
  if (!stored.remove(id)) throw responseNotFound(id)
  return jsonReply({ id, object: 'response', deleted: true })
}

/** OpenAI's error for a reference to something that is not stored. */
export const notStoredReply = ({ status, message, param, code }: NotStored): Reply =>
  jsonReply({ error: { message, type: 'invalid_request_error', param, code } }, status)
