// The server works in Chat Completions. A request in another format is decoded, and its response encoded, by the functions
// with which the gateway serves clients of that format.
import type { ChatEvent } from '../../chat/event.ts'
import { decorateAll, type EventDecorator } from '../../chat/event-decorator.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { encodeFor } from '../../formats/encode-for.ts'
import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { restoreTools } from '../../formats/translation/restore-tools.ts'
import type { ServerState } from '../server-state.ts'
import { parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink, type StreamReply, type WholeReply } from '../wire/reply.ts'
import type { FormatRoute } from './route.ts'
import { createSigner } from './sign.ts'

const openaiChat = chatFormat('openai-chat')!

/** A model without any rules of its own: every model is simulated by the same engine. */
const BASE_MODEL = 'sim-1b'

/** How a response is written. */
interface Writing {
  readonly format: ChatFormat
  readonly facts: ResponseFacts
  /** Gives the tools the names that the client knows, and signs. */
  readonly decorator: EventDecorator
}

/** Translates a request to Chat Completions, passes it to `answer`, and translates the reply back. Throws the errors of each. */
export async function answerInFormat(
  { format, model, stream, countField }: FormatRoute,
  call: SimCall,
  { model: served, strict }: ServerState,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream })
  const target = { model: request.model ?? served, baseModel: BASE_MODEL, capabilities: new Set<never>() }
  const { body, names } = encodeFor(request, APIS['openai-chat'], target, undefined, new Losses())
  const reply = await answer({ ...call, signal: call.signal, body: async () => JSON.stringify(body) })
  if (reply.type === 'none') return reply
  if (countField !== undefined) return encodeCount(reply, countField)
  const facts: ResponseFacts = { request, id: crypto.randomUUID().slice(-12), created: 0, model: undefined }
  const decorators = [restoreTools(names), ...(strict ? [createSigner(format.name, facts.id)] : [])]
  const writing = { format, facts, decorator: decorateAll(decorators)! }
  return reply.type === 'whole' ? encodeWhole(reply, writing) : encodeStream(reply, writing)
}

function encodeCount(reply: Reply, field: string): Reply {
  if (reply.type !== 'whole') return reply
  const { usage } = JSON.parse(reply.body) as { usage: { prompt_tokens: number } }
  return jsonReply({ [field]: usage.prompt_tokens })
}

function encodeWhole(reply: WholeReply, { format, facts, decorator }: Writing): WholeReply {
  const answer = decorator.response(openaiChat.decodeResponse(JSON.parse(reply.body)))
  return { ...reply, body: JSON.stringify(format.encodeResponse(answer, facts, new Losses())) }
}

function encodeStream(reply: StreamReply, writing: Writing): StreamReply {
  const { format } = writing
  const headers = { ...reply.headers, 'content-type': format.streamType }
  const { isBinary = false } = format
  return { ...reply, headers, isBinary, start: (sink) => reply.start(createTranslatingSink(sink, writing)) }
}

/** Accepts events in Chat Completions and writes them in the format of the request. */
function createTranslatingSink(sink: Sink, { format, facts, decorator }: Writing): Sink {
  const frames = openaiChat.createFrames()
  const decoder = openaiChat.createDecoder()
  const encoder = format.createEncoder(facts, new Losses())
  const write = (text: string) => {
    if (text !== '') sink.write(text)
  }
  const encode = (events: readonly ChatEvent[]) => events.forEach((event) => write(encoder.push(event)))
  return {
    write(text) {
      for (const frame of frames.push(Buffer.from(text))) encode(decorator.events(decoder.push(frame)))
    },
    end() {
      encode([...decorator.events(decoder.end()), ...decorator.end()])
      write(encoder.end())
      sink.end()
    },
    breakOff: sink.breakOff,
  }
}
