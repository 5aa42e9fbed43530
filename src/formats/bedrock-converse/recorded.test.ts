// Recorded traffic, if the fixtures are present.
import { describe, expect, test } from 'bun:test'
import { type Fixture, fixtures, loadFixture } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import { isRecord } from '../fields/fields.ts'
import type { ResponseFacts } from '../format.ts'
import { awsEventStreamFrames, awsEventStreamMessage } from '../../codecs/framing/aws-event-stream.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { Losses } from '../translation/losses.ts'
import { createDecoder } from './stream/decode-events.ts'
import { decodeError } from './response/decode-error.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { createEncoder } from './stream/encode-events.ts'
import { encodeRequest } from './request/encode-request.ts'
import { encodeResponse } from './response/encode-response.ts'
import { checkStream } from './grammar.ts'

const recordings = fixtures(({ api }) => api === 'bedrock-converse').map((entry) => ({
  file: entry.file,
  entry,
  fixture: loadFixture(entry),
}))

const FACTS: ResponseFacts = {
  request: decodeRequest({ messages: [] }, { model: 'm', stream: true }),
  id: 'abc',
  created: 1,
  model: undefined,
}

/** Without nulls, and without empty lists and objects below the top. */
function settled(value: unknown, isTop = true): unknown {
  if (Array.isArray(value)) return value.map((item) => settled(item, false))
  if (!isRecord(value)) return value
  const isNothing = (inner: unknown) =>
    inner === null || inner === undefined || (isTop && typeof inner === 'object' && Object.keys(inner).length === 0)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !isNothing(inner))
      .map(([key, inner]) => [key, settled(inner, false)]),
  )
}

const requests = recordings.flatMap(({ file, fixture }) =>
  isRecord(fixture.request?.body) ? [{ file, body: fixture.request.body }] : [],
)

describe('a recorded request is decoded and encoded unchanged', () => {
  test.each(requests)('$file', ({ body }) => {
    const losses = new Losses()
    const request = decodeRequest(body, { model: 'anthropic.claude', stream: false })
    const target = { model: 'anthropic.claude', baseModel: 'anthropic.claude', capabilities: new Set<never>() }
    expect(settled(encodeRequest(request, target, losses))).toEqual(settled(body))
    expect(losses.list).toEqual([])
  })
})

const wholes = recordings.filter(({ fixture }) => isRecord(fixture.response.body) && 'output' in fixture.response.body)

/** Without redundant fields: latency, counts by an alternative name, the type of a call or a text. */
function meaningful(body: unknown): unknown {
  const given = JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    /TokenCount$|^metrics$|^serverToolUsage$/.test(key) ||
    (key === 'type' && (value === 'tool_use' || value === 'text'))
      ? undefined
      : value,
  ) as unknown
  return settled(given)
}

describe('a recorded response is decoded and encoded unchanged', () => {
  test.each(wholes)('$file', ({ fixture }) => {
    const losses = new Losses()
    const response = decodeResponse(fixture.response.body)
    expect(meaningful(encodeResponse(response, FACTS, losses))).toEqual(meaningful(fixture.response.body))
    expect(losses.list).toEqual([])
  })
})

const errors = recordings.filter(({ entry }) => entry.status >= 400)

test.each(errors)('a recorded error is decoded: $file', ({ fixture }) =>
  expect(decodeError(JSON.stringify(fixture.response.body), new Headers(fixture.response.headers))).toMatchObject({
    message: (fixture.response.body as { message: string }).message,
    isEnvelope: true,
  }),
)

/** If the recording has no framing, each payload is an event with its name. */
function bytesOf({ response }: Fixture): Uint8Array {
  if (response.base64) return Buffer.from(response.base64, 'base64')
  const frames = response.stream!.map((payload) => {
    const [[name, event]] = Object.entries(JSON.parse(payload) as Record<string, unknown>) as [[string, unknown]]
    return { name, data: JSON.stringify(event) }
  })
  return Buffer.concat(frames.map(awsEventStreamMessage))
}

function framesOf(...chunks: readonly Uint8Array[]): Frame[] {
  const reader = awsEventStreamFrames()
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

function eventsOf(frames: readonly Frame[]): ChatEvent[] {
  const decoder = createDecoder()
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
}

const streams = recordings
  .filter(({ entry }) => entry.framing !== null)
  .map(({ file, fixture }) => ({ file, bytes: bytesOf(fixture) }))

/** One recording is shortened: it has no `messageStart` and no `metadata`. */
const SHORTENED = /json-tool-2/

describe('a recorded stream', () => {
  test.each(streams.filter(({ file }) => !SHORTENED.test(file)))('is valid: $file', ({ bytes }) =>
    expect(checkStream(framesOf(bytes))).toEqual([]),
  )

  test.each(streams)('folds into a response: $file', ({ file, bytes }) => {
    const response = fold(eventsOf(framesOf(bytes)), 'bedrock-converse')
    const [choice] = response.choices
    expect(choice!.parts.length).toBeGreaterThan(0)
    expect(choice!.finish.reason).not.toBe('other')
    for (const part of choice!.parts) if (part.type === 'tool-call') JSON.parse(part.arguments)
    if (SHORTENED.test(file)) return
    const { input, output } = response.usage!
    expect(input + output).toBeGreaterThan(0)
  })

  test.each(streams)('equals the complete response: $file', ({ bytes }) => {
    const response = fold(eventsOf(framesOf(bytes)), 'bedrock-converse')
    const losses = new Losses()
    const whole = JSON.parse(JSON.stringify(encodeResponse(response, FACTS, losses))) as unknown
    expect(normalized(decodeResponse(whole))).toEqual(normalized(response))
    expect(losses.list).toEqual([])
  })

  test.each(streams)('has the same events wherever it is cut: $file', ({ bytes }) => {
    const events = eventsOf(framesOf(bytes))
    for (let at = 0; at <= bytes.length; at += 97)
      expect(eventsOf(framesOf(bytes.subarray(0, at), bytes.subarray(at)))).toEqual(events)
    expect(eventsOf(framesOf(...[...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(events)
  })
})

/** A response with its arguments parsed, and with zeros where an encoder always writes a number. */
const normalized = ({ choices: [choice], usage }: ChatResponse): unknown =>
  JSON.parse(
    JSON.stringify({ ...choice, usage: usage ?? { input: 0, output: 0 } }, (key, value: unknown) =>
      key === 'arguments' ? (JSON.parse(value as string) as unknown) : value,
    ),
  ) as unknown

describe('an encoded stream', () => {
  const answers = [
    ...wholes.map(({ file, fixture }) => ({ file, response: () => decodeResponse(fixture.response.body) })),
    ...streams.map(({ file, bytes }) => ({
      file,
      response: () => fold(eventsOf(framesOf(bytes)), 'bedrock-converse'),
    })),
  ]

  test.each(answers)('is valid, and decodes to the same response: $file', ({ response }) => {
    const losses = new Losses()
    const encoder = createEncoder(FACTS, losses)
    let text = ''
    for (const event of unfold(response())) text += encoder.push(event)
    const frames = framesOf(Buffer.from(text + encoder.end(), 'latin1'))
    expect(checkStream(frames)).toEqual([])
    const again = fold(eventsOf(frames), 'bedrock-converse')
    const left = JSON.stringify(response()).includes('"reasoningContent":{}') // An empty reasoning block cannot be streamed.
    if (left) expect(losses.list.map(({ field }) => field)).toEqual(['content[1]'])
    else expect(normalized(again)).toEqual(normalized(response()))
  })
})

/** The types of the parts without repetitions: what two responses to one request have in common. */
const outline = ({ choices }: ChatResponse) => ({
  kinds: [...new Set(choices[0]!.parts.map(({ type }) => type))],
  reason: choices[0]!.finish.reason,
})

describe('a stream and the complete response to the same request have the same part types', () => {
  const twins = streams.flatMap(({ file, bytes }) => {
    const twin = wholes.find((whole) => whole.file === file.replace('/stream-', '/'))
    return twin ? [{ file, bytes, twin: twin.fixture.response.body }] : []
  })
  test.each(twins)('$file', ({ bytes, twin }) =>
    expect(outline(fold(eventsOf(framesOf(bytes)), 'bedrock-converse'))).toEqual(outline(decodeResponse(twin))),
  )
})
