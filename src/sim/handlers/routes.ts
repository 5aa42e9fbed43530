import { renderMetrics } from '../metrics.ts'
import type { ServerState } from '../server-state.ts'
import { errorBody, SimError } from '../wire/errors.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import { handleEmbeddings } from './embeddings.ts'
import { handleChat, handleCompletion } from './generate.ts'
import { listModels } from './models.ts'
import { handleTokenize } from './tokenize.ts'

type Handler = (state: ServerState, call: SimCall) => Reply | Promise<Reply>

const text = (body: string, contentType = 'text/plain'): Reply => ({
  type: 'whole',
  status: 200,
  headers: { 'content-type': contentType },
  body,
})

const ROUTES: Readonly<
  Record<string, { readonly method: string; readonly handler: Handler; readonly isModelCall?: true }>
> = {
  '/v1/chat/completions': { method: 'POST', handler: handleChat, isModelCall: true },
  '/v1/completions': { method: 'POST', handler: handleCompletion, isModelCall: true },
  '/v1/embeddings': { method: 'POST', handler: handleEmbeddings, isModelCall: true },
  '/v1/models': { method: 'GET', handler: listModels },
  '/tokenize': { method: 'POST', handler: handleTokenize },
  '/health': { method: 'GET', handler: () => text('') },
  '/version': { method: 'GET', handler: () => jsonReply({ version: 'sluice-sim' }) },
  '/metrics': {
    method: 'GET',
    handler: ({ model, engine, metrics }) =>
      text(renderMetrics(model, engine, metrics), 'text/plain; version=0.0.4; charset=utf-8'),
  },
}

export const isModelCall = (path: string): boolean => ROUTES[path]?.isModelCall === true

/** Answers a call; whatever goes wrong becomes an answer too. */
export async function route(state: ServerState, call: SimCall): Promise<Reply> {
  const found = ROUTES[call.path]
  if (!found) return jsonReply(errorBody(404, 'Not Found'), 404)
  if (found.method !== call.method) return jsonReply(errorBody(405, 'Method Not Allowed'), 405)
  if (found.isModelCall) state.metrics.requests++
  try {
    return await found.handler(state, call)
  } catch (thrown) {
    if (thrown instanceof SimError)
      return jsonReply(errorBody(thrown.status, thrown.message, thrown.param), thrown.status)
    return jsonReply(errorBody(500, thrown instanceof Error ? thrown.message : 'Internal error'), 500)
  }
}
