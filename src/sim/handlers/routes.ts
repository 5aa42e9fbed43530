import { renderMetrics } from '../metrics.ts'
import type { ServerState } from '../server-state.ts'
import { GatewayError } from '../../errors.ts'
import { formatRouteAt } from '../formats/route.ts'
import { answerInFormat } from '../formats/answer-in-format.ts'
import { answerWholeInFormat, wholeRouteAt } from '../formats/whole-route.ts'
import { type ErrorStyle, errorStyleOf, vllmErrors } from '../formats/error-style.ts'
import { NotStored } from '../stored/references.ts'
import { handleStored, isStoredPath, notStoredReply, serveWithStored } from './stored.ts'
import { refuseViolations } from './strict.ts'
import { SimError } from '../wire/errors.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import { handleEmbeddings } from './embeddings.ts'
import { handleChat, handleCompletion, handleTranslated } from './generate.ts'
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
  readonly methods: readonly string[]
  readonly handler: Handler
  readonly isModelCall?: true
}

const ROUTES: Readonly<Record<string, Route>> = {
  '/v1/chat/completions': { methods: ['POST'], handler: handleChat, isModelCall: true },
  '/v1/completions': { methods: ['POST'], handler: handleCompletion, isModelCall: true },
  '/v1/embeddings': { methods: ['POST'], handler: handleEmbeddings, isModelCall: true },
  '/v1/models': { methods: ['GET'], handler: listModels },
  '/tokenize': { methods: ['POST'], handler: handleTokenize },
  '/health': { methods: ['GET'], handler: () => text('') },
  '/version': { methods: ['GET'], handler: () => jsonReply({ version: 'sluice-sim' }) },
  '/metrics': {
    methods: ['GET'],
    handler: ({ model, engine, metrics }) =>
      text(renderMetrics(model, engine, metrics), 'text/plain; version=0.0.4; charset=utf-8'),
  },
}

export const isModelCall = (path: string): boolean => routeAt(path)?.isModelCall === true

/** The error style for clients of this path. */
export function errorStyleAt(path: string): ErrorStyle {
  const format = formatRouteAt(path)?.format ?? wholeRouteAt(path)?.errorFormat
  return format ? errorStyleOf(format) : vllmErrors
}

function routeAt(path: string): Route | undefined {
  if (isStoredPath(path)) return { methods: ['GET', 'DELETE'], handler: handleStored }
  const handler = handlerAt(path)
  return handler ? { methods: ['POST'], handler, isModelCall: true } : ROUTES[path]
}

function handlerAt(path: string): Handler | undefined {
  const formatRoute = formatRouteAt(path)
  if (formatRoute)
    return (state, call) =>
      answerInFormat(formatRoute, call, state, (translated) => handleTranslated(state, translated))
  const whole = wholeRouteAt(path)
  return (
    whole &&
    ((state, call) =>
      answerWholeInFormat(whole, call, state.model, (translated) => handleEmbeddings(state, translated)))
  )
}

/** A server with `format` serves only the paths of that format. */
const servesFormat = ({ format }: ServerState, path: string, { isModelCall }: Route): boolean =>
  format === undefined || !isModelCall || (formatRouteAt(path)?.format.name ?? 'openai-chat') === format

async function judgeAndServe(state: ServerState, { isModelCall, handler }: Route, call: SimCall): Promise<Reply> {
  const judged = state.strict === undefined || !isModelCall ? call : await refuseViolations(state.strict, call)
  return handler(state, judged)
}

/** Returns the reply to a request. Errors become error replies. */
export async function route(state: ServerState, call: SimCall): Promise<Reply> {
  const found = routeAt(call.path)
  const errorStyle = errorStyleAt(call.path)
  const reject = (status: number, message: string, param?: string | null) => {
    state.rejections.add({ path: call.path, status, message })
    return errorStyle.error(status, message, param)
  }
  const rejectReference = (error: NotStored) => {
    state.rejections.add({ path: call.path, status: error.status, message: error.message })
    return notStoredReply(error)
  }
  if (!found || !servesFormat(state, call.path, found)) return reject(404, 'Not Found')
  if (!found.methods.includes(call.method)) return reject(405, 'Method Not Allowed')
  if (found.isModelCall) state.metrics.requests++
  try {
    return await serveWithStored(state, call, (resolved) => judgeAndServe(state, found, resolved))
  } catch (thrown) {
    if (thrown instanceof NotStored) return rejectReference(thrown)
    if (thrown instanceof SimError) return reject(thrown.status, thrown.message, thrown.param)
    if (thrown instanceof GatewayError) return reject(thrown.status, thrown.message, thrown.details.param)
    return reject(500, thrown instanceof Error ? thrown.message : 'Internal error')
  }
}
