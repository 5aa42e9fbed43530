// Real traffic, where it is at hand.
import { describe, expect, test } from 'bun:test'
import { type Fixture, fixtures, loadFixture } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import { isRecord } from '../fields/fields.ts'
import type { AnswerFacts } from '../format.ts'
import { awsEventStreamFrames, awsEventStreamMessage } from '../../codecs/framing/aws-event-stream.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { Losses } from '../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeError } from './decode-error.ts'
import { decodeRequest } from './decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { createEncoder } from './encode-events.ts'
import { encodeRequest } from './encode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { checkStream } from './grammar.ts'

const recordings = fixtures(({ api }) => api === 'bedrock-converse').map((entry) => ({
  file: entry.file,
  entry,
  fixture: loadFixture(entry),
}))

const FACTS: AnswerFacts = {
  request: decodeRequest({ messages: [] }, { model: 'm', stream: true }),
  id: 'abc',
  created: 1,
  model: undefined,
}

/** Without nulls, and without lists and objects of nothing below the top. */
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

describe('a recorded request is read and written as it was', () => {
  test.each(requests)('$file', ({ body }) => {
    const losses = new Losses()
    const request = decodeRequest(body, { model: 'anthropic.claude', stream: false })
    const target = { model: 'anthropic.claude', baseModel: 'anthropic.claude', capabilities: new Set<never>() }
    expect(settled(encodeRequest(request, target, losses))).toEqual(settled(body))
    expect(losses.list).toEqual([])
  })
})

const wholes = recordings.filter(({ fixture }) => isRecord(fixture.response.body) && 'output' in fixture.response.body)

/** Without what says nothing: how long it took, counts under a second name, that a call is one and a text is one. */
function meaningful(body: unknown): unknown {
  const given = JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    /TokenCount$|^metrics$|^serverToolUsage$/.test(key) ||
    (key === 'type' && (value === 'tool_use' || value === 'text'))
      ? undefined
      : value,
  ) as unknown
  return settled(given)
}

describe('a recorded answer is read and written as it was', () => {
  test.each(wholes)('$file', ({ fixture }) => {
    const losses = new Losses()
    const response = decodeResponse(fixture.response.body)
    expect(meaningful(encodeResponse(response, FACTS, losses))).toEqual(meaningful(fixture.response.body))
    expect(losses.list).toEqual([])
  })
})

const errors = recordings.filter(({ entry }) => entry.status >= 400)

test.each(errors)('a recorded error is read: $file', ({ fixture }) =>
  expect(decodeError(JSON.stringify(fixture.response.body), new Headers(fixture.response.headers))).toMatchObject({
    message: (fixture.response.body as { message: string }).message,
    isEnvelope: true,
  }),
)

/** Where the recording kept no framing, each payload is an event under its name. */
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

/** One recording was shortened: it begins without `messageStart` and ends without `metadata`. */
const SHORTENED = /json-tool-2/

describe('a recorded stream', () => {
  test.each(streams.filter(({ file }) => !SHORTENED.test(file)))('follows the grammar: $file', ({ bytes }) =>
    expect(checkStream(framesOf(bytes))).toEqual([]),
  )

  test.each(streams)('folds to an answer: $file', ({ file, bytes }) => {
    const response = fold(eventsOf(framesOf(bytes)), 'bedrock-converse')
    const [choice] = response.choices
    expect(choice!.parts.length).toBeGreaterThan(0)
    expect(choice!.finish.reason).not.toBe('other')
    for (const part of choice!.parts) if (part.type === 'tool-call') JSON.parse(part.arguments)
    if (SHORTENED.test(file)) return
    const { input, output } = response.usage!
    expect(input + output).toBeGreaterThan(0)
  })

  test.each(streams)('is the answer that would have come whole: $file', ({ bytes }) => {
    const response = fold(eventsOf(framesOf(bytes)), 'bedrock-converse')
    const losses = new Losses()
    const whole = JSON.parse(JSON.stringify(encodeResponse(response, FACTS, losses))) as unknown
    expect(spelt(decodeResponse(whole))).toEqual(spelt(response))
    expect(losses.list).toEqual([])
  })

  test.each(streams)('has the same events however it is cut: $file', ({ bytes }) => {
    const events = eventsOf(framesOf(bytes))
    for (let at = 0; at <= bytes.length; at += 97)
      expect(eventsOf(framesOf(bytes.subarray(0, at), bytes.subarray(at)))).toEqual(events)
    expect(eventsOf(framesOf(...[...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(events)
  })
})

/** An answer without the spelling of its arguments, and with zeros where an encoder always writes a number. */
const spelt = ({ choices: [choice], usage }: ChatResponse): unknown =>
  JSON.parse(
    JSON.stringify({ ...choice, usage: usage ?? { input: 0, output: 0 } }, (key, value: unknown) =>
      key === 'arguments' ? (JSON.parse(value as string) as unknown) : value,
    ),
  ) as unknown

describe('what this encoder writes', () => {
  const answers = [
    ...wholes.map(({ file, fixture }) => ({ file, response: () => decodeResponse(fixture.response.body) })),
    ...streams.map(({ file, bytes }) => ({
      file,
      response: () => fold(eventsOf(framesOf(bytes)), 'bedrock-converse'),
    })),
  ]

  test.each(answers)('follows the grammar, and is the answer again: $file', ({ response }) => {
    const losses = new Losses()
    const encoder = createEncoder(FACTS, losses)
    let text = ''
    for (const event of unfold(response())) text += encoder.push(event)
    const frames = framesOf(Buffer.from(text + encoder.end(), 'latin1'))
    expect(checkStream(frames)).toEqual([])
    const again = fold(eventsOf(frames), 'bedrock-converse')
    const left = JSON.stringify(response()).includes('"reasoningContent":{}') // Of it nothing could be said in a stream.
    if (left) expect(losses.list.map(({ field }) => field)).toEqual(['content[1]'])
    else expect(spelt(again)).toEqual(spelt(response()))
  })
})

/** The kinds of the parts, one for each: what two answers to one question have in common. */
const outline = ({ choices }: ChatResponse) => ({
  kinds: [...new Set(choices[0]!.parts.map(({ type }) => type))],
  reason: choices[0]!.finish.reason,
})

describe('a stream and its whole twin are of one kind', () => {
  const twins = streams.flatMap(({ file, bytes }) => {
    const twin = wholes.find((whole) => whole.file === file.replace('/stream-', '/'))
    return twin ? [{ file, bytes, twin: twin.fixture.response.body }] : []
  })
  test.each(twins)('$file', ({ bytes, twin }) =>
    expect(outline(fold(eventsOf(framesOf(bytes)), 'bedrock-converse'))).toEqual(outline(decodeResponse(twin))),
  )
})
