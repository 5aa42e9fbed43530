// Routes of other formats for operations without streams: embeddings.
import { chatFormat } from '../../formats/chat-formats.ts'
import type { ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { type AnyWholeFormat, wholeFormat } from '../../formats/whole-formats.ts'
import { parseBody } from '../wire/fields.ts'
import type { Reply, SimCall } from '../wire/reply.ts'

export interface WholeRoute {
  readonly format: AnyWholeFormat
  /** The chat format of the same maker, which defines the errors. */
  readonly errorFormat: ChatFormat | undefined
  /** The model, if the path contains it. */
  readonly model: string | undefined
}

const METHODS = /^\/v1(?:beta)?\/models\/(.+):(embedContent|batchEmbedContents)$/

/** The route at a path; undefined if there is none. */
export function wholeRouteAt(path: string): WholeRoute | undefined {
  if (path === '/v2/embed')
    return { format: wholeFormat('cohere-embed')!, errorFormat: chatFormat('cohere'), model: undefined }
  if (path === '/api/embed')
    return { format: wholeFormat('ollama-embed')!, errorFormat: chatFormat('ollama'), model: undefined }
  const [, model, method] = METHODS.exec(path) ?? []
  if (model === undefined) return undefined
  const name = method === 'embedContent' ? 'gemini-embed' : 'gemini-batch-embed'
  return { format: wholeFormat(name)!, errorFormat: chatFormat('gemini'), model: decodeURIComponent(model) }
}

const openaiEmbeddings = wholeFormat('openai-embeddings')!

/** Translates a request to OpenAI's embeddings, passes it to `answer`, and translates the reply back. Throws the errors of each. */
export async function answerWholeInFormat(
  { format, model }: WholeRoute,
  call: SimCall,
  served: string,
  answer: (call: SimCall) => Promise<Reply>,
): Promise<Reply> {
  const request = format.decodeRequest(parseBody(await call.body()), { model, stream: false })
  const target = { model: model ?? served, baseModel: served, capabilities: new Set<never>() }
  const body = JSON.stringify(openaiEmbeddings.encodeRequest(request, target, new Losses()))
  const reply = await answer({ ...call, signal: call.signal, body: async () => body })
  if (reply.type !== 'whole') return reply
  const vectors = openaiEmbeddings.decodeResponse(JSON.parse(reply.body), request)
  const translated = format.encodeResponse(vectors, request, crypto.randomUUID())
  return { ...reply, body: JSON.stringify(translated) }
}
