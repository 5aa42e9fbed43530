import { readBoolean } from '../../codecs/json/read.ts'
import { textOf } from '../../codecs/text.ts'
import { inputItems } from '../../formats/openai-responses/content/item-texts.ts'
import { endingResponse, mayEnd, responseText } from '../../formats/openai-responses/response/response-text.ts'
import type { NewItem, Origin, ResponseStore } from '../../state/response-store.ts'
import type { Call } from '../call/call.ts'
import type { ResponseRecorder } from '../call/response-recorder.ts'

/** Whether the response is to be stored: so it is unless the client says otherwise, as at OpenAI. */
export function isToBeStored({ body, arrival }: Call): boolean {
  if (arrival.api!.name !== 'openai-responses' || !arrival.snapshot.responses.enabled) return false
  const store = body.envelope.members.find(({ key }) => key === 'store')
  return store?.type !== 'boolean' || readBoolean(body.bytes, store)
}

/** Stores the response of a call when it is complete, before the client gets its end. */
export function recordResponse(call: Call, store: ResponseStore): ResponseRecorder {
  return {
    whole: (body) => save(call, store, parse(typeof body === 'string' ? body : textOf(body))),
    events(events) {
      if (!mayEnd(events)) return undefined
      const response = endingResponse(typeof events === 'string' ? events : textOf(events))
      return response && save(call, store, response)
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A response that cannot be stored is still a response: the next request then says what is missing. */
async function save(call: Call, store: ResponseStore, value: unknown): Promise<void> {
  const origin = originOf(call)
  try {
    const response = responseText(value)
    if (!response || (!origin && !isComplete(response.status))) return
    const { id, output, shell } = response
    const input = isComplete(response.status) ? inputOf(call) : undefined
    const isKept = await store.save(call.principal.id, { id, output, shell, input, origin })
    call.span.responseStored(isKept ? 'stored' : 'rejected')
  } catch {
    call.span.responseStored('failed')
  }
}

const isComplete = (status: string): boolean => status === 'completed' || status === 'incomplete'

/** Fields that add to the input what only the provider knows. */
const ELSEWHERE: ReadonlySet<string> = new Set(['conversation', 'prompt'])

/** Everything that the model was given; undefined if only its provider knows all of it. */
function inputOf({ body, stored }: Call): NewItem[] | undefined {
  const { members } = body.envelope
  if (stored?.missing || members.some(({ key, type }) => ELSEWHERE.has(key) && type !== 'null')) return undefined
  return inputItems(body.bytes, members)
}

/** The endpoint that keeps the response itself under the id that the client gets; undefined for any other. */
function originOf({ attempts, arrival }: Call): Origin | undefined {
  const { candidate, api, model } = attempts.answering ?? {}
  if (!candidate?.provider.type.keepsResponses || api !== arrival.api) return undefined
  return { endpoint: candidate.endpoint.key, model: model! }
}
