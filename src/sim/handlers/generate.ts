// Chat and completions: two formats of the same generation.
import { startGeneration } from '../generation.ts'
import { planChat } from '../plan/chat.ts'
import { planCompletion } from '../plan/completion.ts'
import type { Plan, PlanContext } from '../plan/plan.ts'
import type { ServerState } from '../server-state.ts'
import { type AnswerHead, type Chunks, createChatChunks, createCompletionChunks } from '../plan/chunks.ts'
import { type Fields, parseBody } from '../wire/fields.ts'
import { jsonReply, type Reply, type SimCall, type Sink } from '../wire/reply.ts'
import { checkModel } from './models.ts'

interface Format {
  readonly idPrefix: string
  readonly plan: (body: Fields, context: PlanContext) => Plan
  readonly chunks: (head: AnswerHead) => Chunks
}

const CHAT: Format = { idPrefix: 'chatcmpl', plan: planChat, chunks: createChatChunks }
const COMPLETION: Format = { idPrefix: 'cmpl', plan: planCompletion, chunks: createCompletionChunks }

/** For a request that came in another format: its reasoning can be shown. */
export const handleTranslated = (state: ServerState, call: SimCall) => generate(CHAT, state, call)

/** OpenAI does not show reasoning in Chat Completions. */
export const handleChat = (state: ServerState, call: SimCall) =>
  state.strict === 'hosted'
    ? generate(CHAT, { ...state, context: { ...state.context, hidesReasoning: true } }, call)
    : generate(CHAT, state, call)

export const handleCompletion = (state: ServerState, call: SimCall) => generate(COMPLETION, state, call)

async function generate(format: Format, state: ServerState, call: SimCall): Promise<Reply> {
  const body = parseBody(await call.body())
  checkModel(body, state.model)
  const plan = format.plan(body, state.context)
  const created = Math.floor(Date.now() / 1000)
  const chunks = format.chunks({ id: `${format.idPrefix}-${state.nextId()}`, created, model: state.model })
  if (!plan.sampling.stream) return wholeReply(state, plan, chunks, call)
  return {
    type: 'stream',
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    start: (sink) => streamTo(sink, state, plan, chunks, call),
  }
}

function wholeReply(state: ServerState, plan: Plan, chunks: Chunks, call: SimCall): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const generation = startGeneration(state, plan, call.signal, {
    token: () => {},
    end: () => resolve(jsonReply(chunks.whole(plan, generation.usage()))),
    abort: () => resolve({ type: 'none', how: 'close' }),
  })
  return promise
}

function streamTo(sink: Sink, state: ServerState, plan: Plan, chunks: Chunks, call: SimCall): void {
  const { includeUsage, continuousUsage } = plan.sampling
  const running = () => (continuousUsage ? generation.usage() : undefined)
  const generation = startGeneration(state, plan, call.signal, {
    token(index, choice, at, last) {
      if (at === 0) writeOpening(sink, chunks, index)
      const delta = choice.deltas[at]
      // At the token limit the last token has the finish reason; otherwise the model's end token has it.
      const ending = last && choice.finishReason === 'length' ? choice : undefined
      if ((delta !== undefined && delta !== '') || ending)
        sink.write(chunks.delta(index, delta ?? '', ending, running()))
      if (last && !ending) sink.write(chunks.finish(index, choice, running()))
    },
    end() {
      if (includeUsage) sink.write(chunks.usage(generation.usage()))
      sink.write('data: [DONE]\n\n')
      sink.end()
    },
    abort: () => {},
  })
}

function writeOpening(sink: Sink, chunks: Chunks, index: number): void {
  const opening = chunks.opening(index)
  if (opening !== '') sink.write(opening)
}
