import type { Operation } from '../../formats/apis/api.ts'
import { readNumber } from '../../codecs/json/read.ts'
import type { Call } from '../call/call.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Step } from '../call/step.ts'
import { chooseModel, type ModelChoice } from '../choose/choose-model.ts'

/**
 * Ollama's clients send a request without a prompt to load or unload a model. An upstream with Ollama's API gets it;
 * for every other one there is nothing to do, so the response comes at once.
 * Source: https://docs.ollama.com/api/generate
 */
export const loadAnswered: Step = (next) => (call) => {
  if (!call.arrival.api?.prompt.isOptional || hasPrompt(call)) return next(call)
  const chosen = chooseModel(call)
  return isForwarded(call, chosen) ? next(call) : Promise.resolve(loaded(call, chosen))
}

const hasPrompt = ({ arrival: { api }, body: { envelope } }: Call): boolean =>
  envelope.members.some(
    ({ key, type, empty, start, end }) =>
      (key === api!.prompt.field || key === 'images') && type !== 'null' && !empty && end - start > '""'.length,
  )

function isForwarded({ arrival: { api, operation } }: Call, { found }: ModelChoice): boolean {
  const pool = found.model.pools[operation as Operation]
  return pool?.candidates.every(({ provider }) => provider.type.apis.includes(api!.name)) ?? true
}

function loaded(call: Call, { found, split }: ModelChoice): Response {
  call.choice = { model: found.model.name, arm: split?.arm }
  const { bytes, envelope } = call.body
  const kept = envelope.members.find(({ key }) => key === 'keep_alive')
  const isUnloaded = kept?.type === 'number' && readNumber(bytes, kept) === 0
  const body = {
    model: envelope.model ?? found.model.name,
    created_at: new Date().toISOString(),
    ...(call.arrival.api!.name === 'ollama' ? { message: { role: 'assistant', content: '' } } : { response: '' }),
    done: true,
    done_reason: isUnloaded ? 'unload' : 'load',
  }
  return new Response(JSON.stringify(body), { headers: responseHeaders(call, 'application/json') })
}
