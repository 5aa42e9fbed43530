// Doors of other languages to what the server answers whole.
import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { type AnyWholeFormat, wholeFormat } from '../../formats/whole-formats.ts'
import { parseBody } from '../wire/fields.ts'
import type { Reply, SimCall } from '../wire/reply.ts'

export interface WholeRoute {
  readonly format: AnyWholeFormat
  /** The same makers' language for chat: its errors are theirs. */
  readonly chats: ChatFormat | undefined
  /** Where the path names it. */
  readonly model: string | undefined
}

const METHODS = /^\/v1(?:beta)?\/models\/(.+):(embedContent|batchEmbedContents)$/

/** The door at a path; undefined where there is none. */
export function wholeRouteAt(path: string): WholeRoute | undefined {
  if (path === '/v2/embed')
    return { format: wholeFormat('cohere-embed')!, chats: chatFormat('cohere'), model: undefined }
  const [, model, method] = METHODS.exec(path) ?? []
  if (model === undefined) return undefined
  const name = method === 'embedContent' ? 'gemini-embed' : 'gemini-batch-embed'
  return { format: wholeFormat(name)!, chats: chatFormat('gemini'), model: decodeURIComponent(model) }
}

const own = wholeFormat('openai-embeddings')!

/** Answers a call through `door` by what `answer` says to the same call in OpenAI's embeddings. Throws what either throws. */
export async function interpretWhole(
  { format, model }: WholeRoute,
  call: SimCall,
  served: string,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream: false })
  const target = { model: model ?? served, baseModel: served, capabilities: new Set<never>() }
  const body = JSON.stringify(own.encodeRequest(request, target, new Losses()))
  const reply = await answer({ ...call, signal: call.signal, body: async () => body })
  if (reply.type !== 'whole') return reply
  const told = format.encodeAnswer(own.decodeAnswer(JSON.parse(reply.body), request), request)
  return { ...reply, body: JSON.stringify(told) }
}
