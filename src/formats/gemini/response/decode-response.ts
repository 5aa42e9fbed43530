import { Fold } from '../../../chat/fold.ts'
import type { ChatEvent } from '../../../chat/event.ts'
import type { ChatResponse } from '../../../chat/response.ts'
import { malformed } from './response-part.ts'
import { ResponseReader } from './response-reader.ts'

/** Reads a response of generateContent, or a list of its chunks (streamGenerateContent without `alt=sse`). */
export function decodeResponse(body: unknown): ChatResponse {
  const reader = new ResponseReader()
  const folding = new Fold()
  const isList = Array.isArray(body)
  for (const chunk of isList ? (body as unknown[]) : [body]) pushAll(folding, reader.push(chunk))
  pushAll(folding, reader.end(!isList))
  return folding.response('gemini')
}

function pushAll(folding: Fold, events: readonly ChatEvent[]): void {
  for (const event of events) {
    if (event.type === 'error') throw malformed(`it is the error "${event.error.message}"`)
    folding.push(event)
  }
}
