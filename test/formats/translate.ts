// Short helpers that translate between formats, for tests of single details.
import type { ChatEvent } from '../../src/chat/event.ts'
import { Fold } from '../../src/chat/fold.ts'
import type { ResponsePart, ChatResponse } from '../../src/chat/response.ts'
import type { Capability } from '../../src/formats/format.ts'
import type { Frame } from '../../src/codecs/framing/frame.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { eventsOf, framesOf } from '../stream-events.ts'
import { answerFacts, bytesOf, testedFormat } from './tested-formats.ts'
import type { JsonObject } from '../../src/codecs/json/object.ts'

/** A client's request as the upstream receives it. */
export function translateRequest(
  client: string,
  upstream: string,
  body: object,
  model = 'm',
  capabilities: readonly Capability[] = [],
): JsonObject {
  const facts = { model: 'm', stream: false }
  const request = testedFormat(client).format.decodeRequest(body, facts)
  const target = { model, baseModel: model, capabilities: new Set(capabilities) }
  return JSON.parse(
    JSON.stringify(testedFormat(upstream).format.encodeRequest(request, target, new Losses())),
  ) as JsonObject
}

/** An upstream's whole response as the client receives it. */
export function translateResponse(client: string, upstream: string, body: object): JsonObject {
  const answer = testedFormat(upstream).format.decodeResponse(body)
  return JSON.parse(
    JSON.stringify(testedFormat(client).format.encodeResponse(answer, answerFacts(client), new Losses())),
  )
}

/** A stream event with the name that its format gives it: its `type`, or its only key. */
export const frameOf = (upstream: string, event: object): Frame => ({
  name:
    upstream === 'bedrock-converse'
      ? Object.keys(event)[0]
      : upstream === 'gemini'
        ? undefined
        : String((event as JsonObject)['type']),
  data: JSON.stringify(upstream === 'bedrock-converse' ? Object.values(event)[0] : event),
})

export function readEvents(upstream: string, events: readonly object[]): ChatEvent[] {
  const decoder = testedFormat(upstream).format.createDecoder()
  return [...events.flatMap((event) => decoder.push(frameOf(upstream, event))), ...decoder.end()]
}

export interface TranslatedStream {
  /** The events that the client receives. */
  readonly events: readonly JsonObject[]
  readonly frames: readonly Frame[]
  /** The response that the client's library assembles. */
  readonly answer: ChatResponse
  readonly parts: readonly ResponsePart[]
}

/** An upstream's stream as the client receives it. Throws if it violates the client's format. */
export function translateStream(client: string, upstream: string, events: readonly object[]): TranslatedStream {
  const { format, checkStream } = testedFormat(client)
  const encoder = format.createEncoder(answerFacts(client), new Losses())
  const text =
    readEvents(upstream, events)
      .map((event) => encoder.push(event))
      .join('') + encoder.end()
  const frames = framesOf(format, [bytesOf(format, text)])
  const problems = checkStream(frames)
  if (problems.length > 0) throw new Error(problems.join('; '))
  const fold = new Fold()
  for (const event of eventsOf(format, [bytesOf(format, text)])) fold.push(event)
  const answer = fold.response(client)
  const parsed = frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data) as JsonObject)
  return { events: parsed, frames, answer, parts: answer.choices[0]?.parts ?? [] }
}

/** Builders of stream events in each format. */
export const chat = {
  chunk: (choices: object[], more: object = {}) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices,
    ...more,
  }),
  delta: (delta: object, finish: string | null = null, more: object = {}) =>
    chat.chunk([{ index: 0, delta, finish_reason: finish }], more),
  tool: (index: number | undefined, id: string | undefined, name: string | undefined, args: string) =>
    chat.delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] }),
  end: (finish: string, more: object = {}) => chat.delta({}, finish, more),
}

export const claude = {
  start: (usage: object = { input_tokens: 3, output_tokens: 1 }) => ({
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage },
  }),
  block: (index: number, block: object, ...deltas: object[]) => [
    { type: 'content_block_start', index, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ],
  text: (index: number, text: string) => claude.block(index, { type: 'text', text: '' }, { type: 'text_delta', text }),
  call: (index: number, id: string, name: string, ...pieces: string[]) =>
    claude.block(
      index,
      { type: 'tool_use', id, name, input: {} },
      ...pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    ),
  end: (stop_reason: string, usage: object = { output_tokens: 9 }) => [
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ],
}

export const google = {
  chunk: (parts: object[], more: object = {}, finishReason?: string) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
    modelVersion: 'm',
    responseId: 'r',
    ...more,
  }),
  call: (name: string, args?: object) => ({ functionCall: { name, ...(args && { args }) } }),
}

export const converse = {
  start: { messageStart: { role: 'assistant' } },
  text: (index: number, text: string) => [
    { contentBlockDelta: { contentBlockIndex: index, delta: { text } } },
    { contentBlockStop: { contentBlockIndex: index } },
  ],
  call: (index: number, id: string, name: string, ...pieces: string[]) => [
    { contentBlockStart: { contentBlockIndex: index, start: { toolUse: { toolUseId: id, name } } } },
    ...pieces.map((input) => ({ contentBlockDelta: { contentBlockIndex: index, delta: { toolUse: { input } } } })),
    { contentBlockStop: { contentBlockIndex: index } },
  ],
  end: (stopReason: string, usage: object = { inputTokens: 3, outputTokens: 9, totalTokens: 12 }) => [
    { messageStop: { stopReason } },
    { metadata: { usage, metrics: { latencyMs: 1 } } },
  ],
}
