// The server works in Chat Completions. A request in another format is decoded, and its response encoded, by the functions
// with which the gateway serves clients of that format.
import { chatFormat } from '../../formats/chat-formats.ts'
import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink, type StreamReply, type WholeReply } from '../wire/reply.ts'
import type { FormatRoute } from './route.ts'

const openaiChat = chatFormat('openai-chat')!

/** Translates a request to Chat Completions, passes it to `answer`, and translates the reply back. Throws the errors of each. */
export async function answerInFormat(
  { format, model, stream, countField }: FormatRoute,
  call: SimCall,
  served: string,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream })
  const target = { model: request.model ?? served, baseModel: served, capabilities: new Set<never>() }
  const body = JSON.stringify(openaiChat.encodeRequest(request, target, new Losses()))
  const reply = await answer({ ...call, signal: call.signal, body: async () => body })
  if (reply.type === 'none') return reply
  if (countField !== undefined) return encodeCount(reply, countField)
  const facts: ResponseFacts = { request, id: crypto.randomUUID().slice(-12), created: 0, model: undefined }
  return reply.type === 'whole' ? encodeWhole(reply, format, facts) : encodeStream(reply, format, facts)
}

function encodeCount(reply: Reply, field: string): Reply {
  if (reply.type !== 'whole') return reply
  const { usage } = JSON.parse(reply.body) as { usage: { prompt_tokens: number } }
  return jsonReply({ [field]: usage.prompt_tokens })
}

function encodeWhole(reply: WholeReply, format: ChatFormat, facts: ResponseFacts): WholeReply {
  const answer = openaiChat.decodeResponse(JSON.parse(reply.body))
  return { ...reply, body: JSON.stringify(format.encodeResponse(answer, facts, new Losses())) }
}

function encodeStream(reply: StreamReply, format: ChatFormat, facts: ResponseFacts): StreamReply {
  const headers = { ...reply.headers, 'content-type': format.streamType }
  const { isBinary = false } = format
  return { ...reply, headers, isBinary, start: (sink) => reply.start(createTranslatingSink(sink, format, facts)) }
}

/** Accepts events in Chat Completions and writes them in `format`. */
function createTranslatingSink(sink: Sink, format: ChatFormat, facts: ResponseFacts): Sink {
  const frames = openaiChat.createFrames()
  const decoder = openaiChat.createDecoder()
  const encoder = format.createEncoder(facts, new Losses())
  const write = (text: string) => {
    if (text !== '') sink.write(text)
  }
  return {
    write(text) {
      for (const frame of frames.push(Buffer.from(text)))
        for (const event of decoder.push(frame)) write(encoder.push(event))
    },
    end() {
      for (const event of decoder.end()) write(encoder.push(event))
      write(encoder.end())
      sink.end()
    },
    breakOff: sink.breakOff,
  }
}
