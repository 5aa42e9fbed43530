// Recorded streams, if the fixtures are present: decoded, encoded again, and cut at every byte.
import { describe, expect, test } from 'bun:test'
import { type Fixture, type FixtureEntry, fixtures, loadFixture, streamBytes } from '../../../../test/shared.ts'
import type { ChatEvent } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ResponsePart, ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { readFrames, sseFrames } from '../../../codecs/framing/sse.ts'
import { Losses } from '../../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { decodeResponse } from '../response/decode-response.ts'
import { createEncoder } from './encode-events.ts'
import { encodeResponse } from '../response/encode-response.ts'
import { checkStream } from '../grammar.ts'

const FACTS: ResponseFacts = {
  request: decodeRequest({ model: 'm', messages: [] }, { model: undefined, stream: true }),
  id: 'abc',
  created: 1,
  model: undefined,
}

/** Bedrock puts each event, in base64, into a frame of its own. */
function framesOf(fixture: Fixture): Frame[] {
  const sse = streamBytes(fixture)
  if (sse) return readFrames(sse.toString())
  const packed = Buffer.from(fixture.response.base64!, 'base64').toString('latin1')
  return [...packed.matchAll(/"bytes":"([^"]+)"/g)].map(([, bytes]) => ({
    name: undefined,
    data: Buffer.from(bytes!, 'base64').toString(),
  }))
}

/** Some recordings contain several responses of one conversation, one after the other. */
function streamsIn(frames: readonly Frame[]): Frame[][] {
  const streams: Frame[][] = [[]]
  for (const frame of frames) {
    streams.at(-1)!.push(frame)
    if (frame.data.includes('"message_stop"')) streams.push([])
  }
  return streams.filter((stream) => stream.length > 0)
}

function eventsOf(frames: readonly Frame[]): ChatEvent[] {
  const decoder = createDecoder()
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()]
}

function write(events: Iterable<ChatEvent>, losses = new Losses()): Frame[] {
  const encoder = createEncoder(FACTS, losses)
  let text = ''
  for (const event of events) text += encoder.push(event)
  return readFrames(text + encoder.end())
}

const isClaude = ({ api, file }: FixtureEntry) =>
  api === 'anthropic-messages' || (api === 'bedrock-invoke' && file.includes('claude'))
const recordings = fixtures((entry) => isClaude(entry) && entry.framing !== null)
const streams = recordings.flatMap((entry) =>
  streamsIn(framesOf(loadFixture(entry))).map((frames, at) => ({ name: `${entry.file} ${at}`, frames })),
)

describe('a recorded stream is valid', () => {
  test.each(streams)('$name', ({ frames }) => {
    const isInStart = frames.length === 2 // A response within code execution is complete in `message_start`.
    expect(checkStream(frames, false)).toEqual(isInStart ? ['message_stop in the wrong place'] : [])
  })
})

describe('a recorded stream folds into a response', () => {
  test.each(streams)('$name', ({ frames }) => {
    const response = fold(eventsOf(frames), 'anthropic')
    expect(response.id).toMatch(/^msg_/)
    expect(response.choices).toHaveLength(1)
    expect(response.choices[0]!.parts.length).toBeGreaterThan(0)
    expect(response.choices[0]!.finish.reason).not.toBe('other')
    expect(response.usage!.output).toBeGreaterThanOrEqual(0)
    expect(response.usage!.input).toBeGreaterThanOrEqual(
      (response.usage!.cached ?? 0) + (response.usage!.cacheWrite ?? 0),
    )
    expect(response.usage!.reasoning ?? 0).toBeLessThanOrEqual(response.usage!.output)
  })
})

/** A response without differences of notation: arguments as values, zeros where a number is always written. */
function meant({ choices: [choice], usage, ...response }: ChatResponse): object {
  const parts = choice!.parts.map((part) => (part.type === 'tool-call' ? [part, JSON.parse(part.arguments)] : part))
  return JSON.parse(
    JSON.stringify(
      {
        ...response,
        ...choice,
        parts,
        usage: { ...usage, cached: usage?.cached ?? 0, cacheWrite: usage?.cacheWrite ?? 0 },
      },
      (key, value: unknown) => (key === 'arguments' ? undefined : value),
    ),
  )
}

describe('the folded stream equals the complete response', () => {
  test.each(streams)('$name', ({ frames }) => {
    const response = fold(eventsOf(frames), 'anthropic')
    const whole = JSON.stringify(encodeResponse(response, FACTS, new Losses()))
    expect(meant(decodeResponse(JSON.parse(whole)))).toEqual(meant(response))
  })
})

/**
 * The types of the parts without repetitions, with the names of tools: what two responses to one request have in
 * common.
 */
const outline = ({ choices }: ChatResponse) => ({
  kinds: [...new Set(choices[0]!.parts.map((part) => (part.type === 'native' ? part.kind : part.type)))].toSorted(),
  reason: choices[0]!.finish.reason,
})

describe('a stream and the complete response to the same request have the same part types', () => {
  const twins = recordings.flatMap((entry) => {
    const [twin] = fixtures(({ file }) => file === entry.file.replace('/stream-', '/') && file !== entry.file)
    return twin && isClaude(twin) ? [{ file: entry.file, entry, twin }] : []
  })
  test.each(twins)('$file', ({ entry, twin }) => {
    const streamed = streamsIn(framesOf(loadFixture(entry))).map((frames) => fold(eventsOf(frames), 'anthropic'))
    const whole = decodeResponse(loadFixture(twin).response.body)
    const kinds = streamed.flatMap((one) => outline(one).kinds)
    expect(kinds).toEqual(expect.arrayContaining(outline(whole).kinds))
    expect(outline(streamed.at(-1)!).reason).toBe(outline(whole).reason)
  })
})

/** Without empty texts, which are not sent to clients. */
const kept = ({ choices: [choice], ...response }: ChatResponse): ChatResponse => ({
  ...response,
  choices: [{ ...choice!, parts: choice!.parts.filter(isSaid) }],
})

const isSaid = (part: ResponsePart): boolean => part.type !== 'text' || part.text !== ''

/** A recorded response calls tools within code execution and ends with `end_turn`. */
const CALLS_AND_ENDS = 'the stop reason is end_turn, but there is a tool call'

describe('encoded for a client, it is a valid stream with the same content', () => {
  const wholes = fixtures((entry) => isClaude(entry) && entry.framing === null && entry.status === 200)
    .map((entry) => ({ name: entry.file, body: loadFixture(entry).response.body as { type?: string } }))
    .filter(({ body }) => body.type === 'message')
    .map(({ name, body }) => ({ name, response: decodeResponse(body) }))
  const folded = streams.map(({ name, frames }) => ({ name, response: fold(eventsOf(frames), 'anthropic') }))

  test.each([...wholes, ...folded])('$name', ({ response }) => {
    const frames = write(unfold(response))
    expect(checkStream(frames).filter((problem) => problem !== CALLS_AND_ENDS)).toEqual([])
    expect(meant(kept(fold(eventsOf(frames), 'anthropic')))).toEqual(meant(kept(response)))
  })
})

const smallest = streams.filter(({ frames }) => frames.length > 4 && frames.length < 40)

describe('cut at every byte it has the same events', () => {
  test.each(smallest)('$name', ({ frames }) => {
    const bytes = Buffer.from(frames.map(({ data }) => `event: x\r\ndata: ${data}\r\n\r\n`).join(''))
    const expected = JSON.stringify(eventsOf(frames))
    const step = Math.ceil(bytes.length / 200)
    for (let at = 0; at <= bytes.length; at += step) {
      const reader = sseFrames()
      const seen = [...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at)), ...reader.end()]
      expect(JSON.stringify(eventsOf(seen))).toBe(expected)
    }
  })
})
