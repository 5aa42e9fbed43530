// The server thinks in Chat Completions. A call in another language is read and answered by the functions with which the
// gateway serves clients of that language.
import { chatFormat } from '../../formats/chat-formats.ts'
import type { AnswerFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink, type StreamReply, type WholeReply } from '../wire/reply.ts'
import type { FormatRoute } from './route.ts'

const own = chatFormat('openai-chat')!

/** Answers a call through `door` by what `answer` says to the same call in Chat Completions. Throws what either throws. */
export async function interpret(
  { format, model, stream, countField }: FormatRoute,
  call: SimCall,
  served: string,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream })
  const target = { model: request.model ?? served, baseModel: served, capabilities: new Set<never>() }
  const body = JSON.stringify(own.encodeRequest(request, target, new Losses()))
  const reply = await answer({ ...call, signal: call.signal, body: async () => body })
  if (reply.type === 'none') return reply
  if (countField !== undefined) return tellCount(reply, countField)
  const facts: AnswerFacts = { request, id: crypto.randomUUID().slice(-12), created: 0, model: undefined }
  return reply.type === 'whole' ? tellWhole(reply, format, facts) : tellStream(reply, format, facts)
}

function tellCount(reply: Reply, field: string): Reply {
  if (reply.type !== 'whole') return reply
  const { usage } = JSON.parse(reply.body) as { usage: { prompt_tokens: number } }
  return jsonReply({ [field]: usage.prompt_tokens })
}

function tellWhole(reply: WholeReply, format: ChatFormat, facts: AnswerFacts): WholeReply {
  const answer = own.decodeResponse(JSON.parse(reply.body))
  return { ...reply, body: JSON.stringify(format.encodeResponse(answer, facts, new Losses())) }
}

function tellStream(reply: StreamReply, format: ChatFormat, facts: AnswerFacts): StreamReply {
  const headers = { ...reply.headers, 'content-type': format.streamType }
  const { isBinary = false } = format
  return { ...reply, headers, isBinary, start: (sink) => reply.start(interpreter(sink, format, facts)) }
}

/** Takes events in Chat Completions, and writes them in `format`. */
function interpreter(sink: Sink, format: ChatFormat, facts: AnswerFacts): Sink {
  const frames = own.createFrames()
  const decoder = own.createDecoder()
  const encoder = format.createEncoder(facts, new Losses())
  const say = (text: string) => {
    if (text !== '') sink.write(text)
  }
  return {
    write(text) {
      for (const frame of frames.push(Buffer.from(text)))
        for (const event of decoder.push(frame)) say(encoder.push(event))
    },
    end() {
      for (const event of decoder.end()) say(encoder.push(event))
      say(encoder.end())
      sink.end()
    },
    breakOff: sink.breakOff,
  }
}
