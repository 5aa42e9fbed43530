// Recorded traffic of every server of this format, if available.
import { describe, expect, test } from 'bun:test'
import { type FixtureEntry, fixtures, loadFixture, streamBytes } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ChatResponse, Choice } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import type { ResponseFacts, Target } from '../format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { openaiResponses } from './index.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const recorded = fixtures(({ operation }) => operation === 'responses')
const wholes = recorded.filter(({ status, framing }) => status === 200 && framing === null)
const streams = recorded.filter(({ status, framing }) => status === 200 && framing !== null)
/** Four responses in a row: the first one counts. */
const SEVERAL = 'openai-responses/stream-parallel-tools-thinking-gpt-5-1-codex-max.json'
/** Its deltas contain more than its end: the recording was shortened. */
const SHORTENED = 'openai-responses/stream-text-gpt-5-2-2025-12-11.json'
/** Items of hosted tools that are open at once. */
const SIDE_BY_SIDE = 'xai/responses-stream-server-tool-citations-cache-read-grok-4-fast-reasoning-2.json'

const CLIENT = openaiResponses.decodeRequest(
  { model: 'm', input: 'hi', stream: true, include: ['reasoning.encrypted_content'] },
  { model: undefined, stream: undefined },
)
const FACTS: ResponseFacts = { request: CLIENT, id: 'abc', created: 1, model: undefined }

/** Nulls and empty lists are dropped. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([, inner]) => inner !== null && inner !== undefined && !(Array.isArray(inner) && inner.length === 0),
  )
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]))
}

describe('a decoded request is encoded to the same request', () => {
  for (const entry of recorded) {
    const body = loadFixture(entry).request?.body as JsonObject | null | undefined
    if (!body) continue
    test(entry.file, () => {
      const target: Target = { model: String(body['model']), baseModel: String(body['model']), capabilities: new Set() }
      const losses = new Losses()
      const decoded = openaiResponses.decodeRequest(body, { model: undefined, stream: undefined })
      const { stream: _, ...rest } = body
      expect(plain(openaiResponses.encodeRequest(decoded, target, losses))).toEqual(
        plain({ ...rest, model: target.model, ...(body['stream'] === true && { stream: true }) }),
      )
      expect(losses.list).toEqual([])
    })
  }
})

describe('a decoded response is encoded to the same response', () => {
  for (const entry of wholes)
    test(entry.file, () => {
      const body = loadFixture(entry).response.body as JsonObject
      const losses = new Losses()
      const decoded = openaiResponses.decodeResponse(body)
      expect(plain(openaiResponses.encodeResponse(decoded, FACTS, losses))).toEqual(plain(withCounts(body)))
      expect(losses.list).toEqual([])
    })
})

/** Encoded usage has every count. */
const withCounts = (body: JsonObject): JsonObject => {
  const usage = body['usage'] as JsonObject
  const details = { cached_tokens: 0, cache_write_tokens: 0, ...(usage['input_tokens_details'] as JsonObject) }
  return { ...body, usage: { ...usage, input_tokens_details: details } }
}

interface Counts {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly total_tokens: number
}

describe('a complete response is decoded with its content', () => {
  for (const entry of wholes)
    test(entry.file, () => {
      const body = loadFixture(entry).response.body as { output: JsonObject[]; usage: Counts }
      checkSaid(openaiResponses.decodeResponse(body), body)
    })
})

function checkSaid({ choices, usage }: ChatResponse, body: { output: JsonObject[]; usage: Counts }): void {
  const [{ parts, finish }] = choices as [Choice]
  const calls = body.output.filter(({ type }) => type === 'function_call')
  expect(finish.reason).toBe(calls.length > 0 ? 'tool-calls' : 'stop')
  expect(parts.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []))).toEqual(
    calls.map((call) => call['call_id'] as string),
  )
  const texts = body.output.flatMap(({ type, content }) => (type === 'message' ? (content as JsonObject[]) : []))
  expect(parts.map((part) => (part.type === 'text' ? part.text : '')).join('')).toBe(
    texts.map(({ text }) => text).join(''),
  )
  const sealed = body.output.filter(({ type, encrypted_content }) => type === 'reasoning' && encrypted_content)
  expect(parts.filter((part) => part.type === 'reasoning' && part.seal)).toHaveLength(sealed.length)
  expect(usage!.input + usage!.output).toBe(body.usage.total_tokens)
  expect(usage!.reasoning ?? 0).toBeLessThanOrEqual(usage!.output)
}

function decodeAll(bytes: Uint8Array, cuts: readonly number[] = []): ChatEvent[] {
  const [frames, decoder] = [openaiResponses.createFrames(), openaiResponses.createDecoder()]
  const events: ChatEvent[] = []
  const read = (some: readonly Frame[]) => some.forEach((frame) => events.push(...decoder.push(frame)))
  let start = 0
  for (const end of [...cuts, bytes.length]) {
    read(frames.push(bytes.subarray(start, end)))
    start = end
  }
  read(frames.end())
  return events.concat(decoder.end())
}

const framesOf = (entry: FixtureEntry): Frame[] => readFrames(streamBytes(loadFixture(entry))!.toString())

const terminalOf = (frames: readonly Frame[]) =>
  frames
    .filter(({ data }) => !data.startsWith('[DONE]'))
    .map(({ data }) => JSON.parse(data) as { type: string; response: JsonObject })
    .find(({ type }) => type === 'response.completed')!.response

describe('a stream folds to the response that it ends with', () => {
  for (const entry of streams.filter(({ file }) => file !== SHORTENED))
    test(entry.file, () => {
      const whole = terminalOf(framesOf(entry))
      const streamed = fold(decodeAll(streamBytes(loadFixture(entry))!), 'openai-responses')
      checkSaid(streamed, whole as unknown as { output: JsonObject[]; usage: Counts })
      const { choices, usage, id, model } = openaiResponses.decodeResponse(whole)
      expect({ id: streamed.id, model: streamed.model, usage: streamed.usage }).toEqual({ id, model, usage })
      const [one, other] = [unsealed(streamed.choices[0]!), unsealed(choices[0]!)]
      expect(one.finish).toEqual(other.finish)
      if (entry.file === SIDE_BY_SIDE)
        expect(one.parts.map((part) => JSON.stringify(part)).toSorted()).toEqual(
          other.parts.map((part) => JSON.stringify(part)).toSorted(),
        )
      else expect(one.parts).toEqual(other.parts)
    })
})

/** The same reasoning has another seal in the terminal event. */
const unsealed = ({ parts, finish }: Choice) => ({
  finish,
  parts: parts.map((part) => (part.type === 'reasoning' && part.seal ? { ...part, seal: part.seal.origin } : part)),
})

describe('a stream and the same response without streaming have the same kinds of parts', () => {
  for (const entry of streams.filter(({ file }) => file !== SEVERAL))
    for (const twin of (entry as { twins?: string[] }).twins ?? [])
      test(`${entry.file} and ${twin}`, () => {
        const whole = openaiResponses.decodeResponse(loadFixture({ ...entry, file: twin }).response.body)
        const streamed = fold(decodeAll(streamBytes(loadFixture(entry))!), 'openai-responses')
        expect(streamed.choices[0]!.finish).toEqual(whole.choices[0]!.finish)
      })
})

describe('OpenAI’s own streams are valid', () => {
  const isOneWhole = ({ file, api }: FixtureEntry) =>
    api === 'openai-responses' && file !== SEVERAL && file !== SHORTENED
  for (const entry of streams.filter(isOneWhole))
    test(entry.file, () => {
      const frames = framesOf(entry)
      // OpenAI numbers its events since May 2025.
      const isNumbered = frames[0]!.data.includes('"sequence_number"')
      const problems = checkStream(frames).filter((problem) => isNumbered || !problem.includes('is numbered undefined'))
      expect(problems).toEqual([])
    })
})

describe('a stream split anywhere has the same events', () => {
  for (const entry of streams.filter((_, index) => index % 7 === 0))
    test(entry.file, () => {
      const bytes = streamBytes(loadFixture(entry))!.subarray(0)
      const events = decodeAll(bytes)
      for (const size of [7, 64, 1021])
        expect(
          decodeAll(
            bytes,
            Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, at) => (at + 1) * size),
          ),
        ).toEqual(events)
    })

  const [small] = streams.toSorted((one, other) => sizeOf(one) - sizeOf(other))
  if (small)
    test(`${small.file}, at every byte`, () => {
      const bytes = streamBytes(loadFixture(small))!
      const events = JSON.stringify(decodeAll(bytes))
      for (let cut = 1; cut < bytes.length; cut++) expect(JSON.stringify(decodeAll(bytes, [cut]))).toBe(events)
    })
})

const sizeOf = (entry: FixtureEntry): number => streamBytes(loadFixture(entry))!.length

function encodeAll(events: Iterable<ChatEvent>, facts = FACTS): { text: string; losses: Losses } {
  const losses = new Losses()
  const encoder = openaiResponses.createEncoder(facts, losses)
  let text = ''
  for (const event of events) text += encoder.push(event)
  return { text: text + encoder.end(), losses }
}

describe('an encoded response is a valid stream that folds to itself', () => {
  const answers: [string, () => Iterable<ChatEvent>][] = [
    ...wholes.map((entry): [string, () => Iterable<ChatEvent>] => [
      entry.file,
      () => unfold(openaiResponses.decodeResponse(loadFixture(entry).response.body)),
    ]),
    ...streams.map((entry): [string, () => Iterable<ChatEvent>] => [
      entry.file,
      () => decodeAll(streamBytes(loadFixture(entry))!),
    ]),
  ]
  for (const [file, events] of answers)
    test(file, () => {
      const { text, losses } = encodeAll(events())
      expect(checkStream(readFrames(text)).filter((problem) => !problem.includes('has a response without'))).toEqual([])
      expect(losses.list).toEqual([])
      const again = fold(decodeAll(Buffer.from(text)), 'openai-responses')
      expect(comparable(again)).toEqual(comparable(fold(events(), 'openai-responses')))
      const whole = openaiResponses.encodeResponse(
        fold(events(), 'openai-responses'),
        FACTS,
        new Losses(),
      ) as JsonObject
      expect(whole['output']).toEqual(terminalOf(readFrames(text))['output'])
    })
})

const comparable = ({ choices, usage, id, model }: ChatResponse): unknown =>
  plain({
    id,
    model,
    choices,
    usage: {
      ...usage,
      cached: usage?.cached ?? 0,
      cacheWrite: usage?.cacheWrite ?? 0,
      reasoning: usage?.reasoning ?? 0,
    },
  })

describe('an error is decoded as an error', () => {
  for (const entry of recorded.filter(({ status }) => status >= 400))
    test(entry.file, () => {
      const error = openaiResponses.decodeError(JSON.stringify(loadFixture(entry).response.body))
      expect(error?.message).toMatch(/\w{3}/)
      expect(error?.isEnvelope).toBe(true)
    })
})
