// The server works in Chat Completions. A request in another format is decoded, and its response encoded, by the functions
// with which the gateway serves clients of that format.
import { chatFormat } from '../../formats/chat-formats.ts'
import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import type { ServerState } from '../server-state.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink, type StreamReply, type WholeReply } from '../wire/reply.ts'
import type { FormatRoute } from './route.ts'
import { createEventSigner, createSign, type Sign, signResponse } from './sign.ts'

const openaiChat = chatFormat('openai-chat')!

/** How a response is written. */
interface Writing {
  readonly format: ChatFormat
  readonly facts: ResponseFacts
  /** Undefined: the server does not sign. */
  readonly sign: Sign | undefined
}

/** Translates a request to Chat Completions, passes it to `answer`, and translates the reply back. Throws the errors of each. */
export async function answerInFormat(
  { format, model, stream, countField }: FormatRoute,
  call: SimCall,
  { model: served, strict }: ServerState,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream })
  const target = { model: request.model ?? served, baseModel: served, capabilities: new Set<never>() }
  const body = JSON.stringify(openaiChat.encodeRequest(request, target, new Losses()))
  const reply = await answer({ ...call, signal: call.signal, body: async () => body })
  if (reply.type === 'none') return reply
  if (countField !== undefined) return encodeCount(reply, countField)
  const facts: ResponseFacts = { request, id: crypto.randomUUID().slice(-12), created: 0, model: undefined }
  const writing = { format, facts, sign: strict && createSign(format.name, facts.id) }
  return reply.type === 'whole' ? encodeWhole(reply, writing) : encodeStream(reply, writing)
}

function encodeCount(reply: Reply, field: string): Reply {
  if (reply.type !== 'whole') return reply
  const { usage } = JSON.parse(reply.body) as { usage: { prompt_tokens: number } }
  return jsonReply({ [field]: usage.prompt_tokens })
}

function encodeWhole(reply: WholeReply, { format, facts, sign }: Writing): WholeReply {
  const unsigned = openaiChat.decodeResponse(JSON.parse(reply.body))
  const answer = sign ? signResponse(unsigned, sign) : unsigned
  return { ...reply, body: JSON.stringify(format.encodeResponse(answer, facts, new Losses())) }
}

function encodeStream(reply: StreamReply, writing: Writing): StreamReply {
  const { format } = writing
  const headers = { ...reply.headers, 'content-type': format.streamType }
  const { isBinary = false } = format
  return { ...reply, headers, isBinary, start: (sink) => reply.start(createTranslatingSink(sink, writing)) }
}

/** Accepts events in Chat Completions and writes them in the format of the request. */
function createTranslatingSink(sink: Sink, { format, facts, sign }: Writing): Sink {
  const frames = openaiChat.createFrames()
  const decoder = openaiChat.createDecoder()
  const encoder = format.createEncoder(facts, new Losses())
  const signed = sign ? createEventSigner(sign) : (event: ChatEvent) => [event]
  const write = (text: string) => {
    if (text !== '') sink.write(text)
  }
  const encode = (event: ChatEvent) => signed(event).forEach((each) => write(encoder.push(each)))
  return {
    write(text) {
      for (const frame of frames.push(Buffer.from(text))) decoder.push(frame).forEach(encode)
    },
    end() {
      decoder.end().forEach(encode)
      write(encoder.end())
      sink.end()
    },
    breakOff: sink.breakOff,
  }
}
