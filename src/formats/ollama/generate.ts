// `/api/generate`: a response to one prompt. Source: https://docs.ollama.com/api/generate
import type { ChatRequest, Message } from '../../chat/request.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { isRecord, requestFields } from '../fields/fields.ts'
import { withRequestPath } from '../fields/request-paths.ts'
import type { EventDecoder, EventEncoder, RequestFacts, ResponseFacts } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { createDecoder as createChatDecoder } from './decode-events.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse as decodeChatResponse } from './decode-response.ts'
import { Encoder } from './encode-events.ts'
import { encodeShaped } from './encode-response.ts'
import { asText } from './response-shape.ts'
import type { ChatResponse } from '../../chat/response.ts'

/**
 * Decodes the prompt as the message of a user after a message of the system. `suffix`, `raw` and `template` stay extra
 * fields: no other format has them. So does `context`, the tokens of an earlier conversation. Throws GatewayError
 * `invalid_request`, naming the field.
 */
export function decodeGenerate(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const prompt = fields.string('prompt') ?? ''
  const system = fields.string('system') ?? ''
  const images = fields.list('images')
  const context = fields.list('context') ?? []
  const messages = [
    ...(system === '' ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: prompt, ...(images && { images }) },
  ]
  const request = decodeRequest({ ...fields.rest(), ...(context.length > 0 && { context }), messages }, facts)
  for (const message of request.messages) recordPaths(message)
  return request
}

/** The fields of the request from which a message comes, for errors and warnings. */
function recordPaths(message: Message): void {
  const text = message.role === 'system' ? 'system' : 'prompt'
  withRequestPath(message, text)
  const media = message.parts.filter(({ type }) => type === 'media')
  for (const part of message.parts)
    withRequestPath(part, part.type === 'media' ? `images[${media.indexOf(part)}]` : text)
}

export const encodeGenerated = (response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown =>
  encodeShaped(asText, response, facts, losses)

export const createGenerateEncoder = (facts: ResponseFacts, losses: Losses): EventEncoder =>
  new Encoder(facts, losses, asText)

export const decodeGenerated = (body: unknown): ChatResponse => decodeChatResponse(withMessage(body))

export function createGenerateDecoder(): EventDecoder {
  const decoder = createChatDecoder()
  return {
    push: (frame) => decoder.push(asChatFrame(frame)),
    end: () => decoder.end(),
  }
}

function asChatFrame(frame: Frame): Frame {
  try {
    return { ...frame, data: JSON.stringify(withMessage(JSON.parse(frame.data))) }
  } catch {
    return frame // the decoder reports it
  }
}

/** The response as one of the chat API. */
function withMessage(body: unknown): unknown {
  if (!isRecord(body) || body['error'] !== undefined) return body
  const { response: content, thinking, ...rest } = body
  return { ...rest, message: { role: 'assistant', content, ...(thinking !== undefined && { thinking }) } }
}
