import { renderMetrics } from '../metrics.ts'
import type { ServerState } from '../server-state.ts'
import { GatewayError } from '../../errors.ts'
import { formatRouteAt } from '../formats/route.ts'
import { interpret } from '../formats/interpret.ts'
import { interpretWhole, wholeRouteAt } from '../formats/whole-route.ts'
import { type ErrorStyle, errorStyleOf, vllmErrors } from '../formats/error-style.ts'
import { SimError } from '../wire/errors.ts'
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

interface Route {
  readonly method: string
  readonly handler: Handler
  readonly isModelCall?: true
}

const ROUTES: Readonly<Record<string, Route>> = {
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

export const isModelCall = (path: string): boolean => routeAt(path)?.isModelCall === true

/** The language in which whoever asks at this path wants to hear of errors. */
export function errorStyleAt(path: string): ErrorStyle {
  const format = formatRouteAt(path)?.format ?? wholeRouteAt(path)?.chats
  return format ? errorStyleOf(format) : vllmErrors
}

function routeAt(path: string): Route | undefined {
  const handler = handlerAt(path)
  return handler ? { method: 'POST', handler, isModelCall: true } : ROUTES[path]
}

function handlerAt(path: string): Handler | undefined {
  const formatRoute = formatRouteAt(path)
  if (formatRoute)
    return (state, call) => interpret(formatRoute, call, state.model, (asked) => handleChat(state, asked))
  const whole = wholeRouteAt(path)
  return whole && ((state, call) => interpretWhole(whole, call, state.model, (asked) => handleEmbeddings(state, asked)))
}

/** A server of one language knows no other's paths. */
const speaks = ({ format }: ServerState, path: string, { isModelCall }: Route): boolean =>
  format === undefined || !isModelCall || (formatRouteAt(path)?.format.name ?? 'openai-chat') === format

/** Answers a call; whatever goes wrong becomes an answer too. */
export async function route(state: ServerState, call: SimCall): Promise<Reply> {
  const found = routeAt(call.path)
  const errorStyle = errorStyleAt(call.path)
  if (!found || !speaks(state, call.path, found)) return errorStyle.error(404, 'Not Found')
  if (found.method !== call.method) return errorStyle.error(405, 'Method Not Allowed')
  if (found.isModelCall) state.metrics.requests++
  try {
    return await found.handler(state, call)
  } catch (thrown) {
    if (thrown instanceof SimError) return errorStyle.error(thrown.status, thrown.message, thrown.param)
    if (thrown instanceof GatewayError) return errorStyle.error(thrown.status, thrown.message, thrown.details.param)
    return errorStyle.error(500, thrown instanceof Error ? thrown.message : 'Internal error')
  }
}
