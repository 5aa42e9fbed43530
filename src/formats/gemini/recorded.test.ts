// Recorded traffic of the Gemini API and Vertex, decoded and encoded.
import { describe, expect, test } from 'bun:test'
import { eventsOf, framesOf } from '../../../test/stream-events.ts'
import { type Fixture, fixtures, loadFixture, streamBytes } from '../../../test/shared.ts'
import { fold } from '../../chat/fold.ts'
import { unfold } from '../../chat/unfold.ts'
import type { ResponsePart, ChatResponse } from '../../chat/response.ts'
import { isRecord } from '../fields/fields.ts'
import type { ResponseFacts } from '../format.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { gemini, geminiList } from './index.ts'
import { camelCase } from './proto.ts'

type Entry = ReturnType<typeof fixtures>[number]

const recordings = fixtures(({ api, operation }) => /^(?:vertex-)?gemini$/.test(api) && operation === 'generateContent')
const bodies = recordings.filter(({ status, framing }) => status === 200 && framing === null)
const streams = recordings.filter(({ framing }) => framing !== null)
const errors = recordings.filter(({ status }) => status >= 400)
const withRequest = recordings.filter((entry) => entry.status === 200 && loadFixture(entry).request)

const files = (entries: readonly Entry[]) => entries.map((entry) => [entry.file, loadFixture(entry)] as const)
const requestFacts = { model: 'gemini-2.5-flash', stream: false }
const target = { model: 'gemini-2.5-flash', baseModel: 'gemini-2.5-flash', capabilities: new Set<never>() }
const answerFacts = (body: unknown): ResponseFacts => ({
  request: gemini.decodeRequest({ contents: [] }, requestFacts),
  id: isRecord(body) && typeof body['responseId'] === 'string' ? body['responseId'] : 'none',
  created: 0,
  model: undefined,
})

/** A value in one notation: camelCase, and without what can be left out. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal)
  if (!isRecord(value)) return value
  const fields = Object.fromEntries(Object.entries(value).map(([key, field]) => [camelCase(key), normal(field)]))
  if (isRecord(fields['generationConfig']) && Object.keys(fields['generationConfig']).length === 0)
    delete fields['generationConfig']
  if (Array.isArray(fields['parts']))
    fields['parts'] = (fields['parts'] as object[]).filter((part) => Object.keys(part).length > 0)
  return fields
}

/** A response with everything that Google can leave out. */
function filled(body: unknown): unknown {
  const { candidates, ...rest } = normal(body) as { candidates?: object[] }
  return {
    modelVersion: 'gemini-2.5-flash',
    responseId: 'none',
    ...rest,
    ...(candidates && { candidates: candidates.map((candidate, index) => Object.assign({ index }, candidate)) }),
  }
}

const answerOf = (recording: Fixture): ChatResponse => {
  const bytes = streamBytes(recording)
  return bytes ? fold(eventsOf(gemini, [bytes]), 'gemini') : gemini.decodeResponse(recording.response.body)
}

const usageOf = ({ response }: Fixture): Record<string, number> => {
  const chunks = response.stream?.map((text) => JSON.parse(text.replace(/^data: ?/, '')) as Record<string, unknown>)
  const last = chunks?.at(-1) ?? response.body
  return (last as { usageMetadata?: Record<string, number> }).usageMetadata ?? {}
}

describe('a recorded request is decoded and encoded unchanged', () => {
  test.each(files(withRequest))('%s', (_file, { request }) => {
    const losses = new Losses()
    const back = gemini.encodeRequest(gemini.decodeRequest(request!.body, requestFacts), target, losses)
    expect(normal(back)).toEqual(normal(request!.body))
    expect(losses.list).toEqual([])
  })
})

describe('a recorded response is decoded and encoded unchanged', () => {
  test.each(files(bodies))('%s', (_file, { response: { body } }) => {
    const losses = new Losses()
    const back = gemini.encodeResponse(gemini.decodeResponse(body), answerFacts(body), losses)
    expect(normal(back)).toEqual(filled(body))
    expect(losses.list).toEqual([])
  })
})

describe('a recorded stream', () => {
  // One recording, from the tests of an SDK, has its finish reason in every chunk.
  const proper = streams.filter(({ file }) => !file.endsWith('stream-citations-citations.json'))
  test.each(files(proper))('%s is valid', (_file, recording) => {
    expect(checkStream(framesOf(gemini, [streamBytes(recording)!]))).toEqual([])
  })

  test.each(files(streams))('%s has content and a finish reason', (_file, recording) => {
    const [choice] = answerOf(recording).choices
    expect(choice!.finish.native).toBeString()
    expect(choice!.parts.length > 0).toBe(choice!.finish.reason !== 'content-filter')
  })

  // Where a stream is cut, the framing can differ, but the events must not.
  const small = files(streams).filter(([, recording]) => streamBytes(recording)!.length < 8000)
  test.each(small)('%s has the same events wherever it is cut', (_file, recording) => {
    const bytes = streamBytes(recording)!
    const whole = JSON.stringify(eventsOf(gemini, [bytes]))
    for (let at = 1; at < bytes.length; at++)
      expect(JSON.stringify(eventsOf(gemini, [bytes.subarray(0, at), bytes.subarray(at)]))).toBe(whole)
  })

  test.each(files(streams))('%s is the same as one list', (_file, recording) => {
    const chunks = recording.response.stream!.map((text) => text.replace(/^data: ?/, '').trim())
    const list = Buffer.from(`[${chunks.join('\n,\r\n')}]`)
    expect(eventsOf(geminiList, [list])).toEqual(eventsOf(gemini, [streamBytes(recording)!]))
  })
})

describe('a recorded response encoded for a client', () => {
  const answers = files([...streams, ...bodies])
  const WRITERS = [gemini, geminiList]

  test.each(answers)('%s is a valid stream and folds into the same response', (_file, recording) => {
    const answer = answerOf(recording)
    for (const format of WRITERS) {
      const encoder = format.createEncoder({ ...answerFacts({}), id: answer.id ?? 'none' }, new Losses())
      const text = [...unfold(answer)].map((event) => encoder.push(event)).join('') + encoder.end()
      const bytes = Buffer.from(text)
      expect(checkStream(framesOf(format, [bytes]))).toEqual([])
      const folded = fold(eventsOf(format, [bytes]), 'gemini')
      expect(folded).toEqual(streamed(answer))
    }
  })

  const withId = (part: ResponsePart, other: ResponsePart): ResponsePart =>
    part.type === 'tool-call' && part.id.startsWith('call_') ? { ...part, id: (other as typeof part).id } : part

  /**
   * A response as a stream expresses it: it has an id and a model, generated call ids depend on its id, and the tier
   * arrives with the usage, after the start.
   */
  function streamed(given: ChatResponse): ChatResponse {
    const { tier: _, ...answer } = given
    const facts = { id: 'none', model: 'gemini-2.5-flash', ...answer }
    const ids = gemini.decodeResponse({
      responseId: facts.id,
      candidates: answer.choices.map(({ parts }) => ({
        content: {
          parts: parts.map(({ type }) => (type === 'tool-call' ? { functionCall: { name: 'f' } } : { code: 1 })),
        },
      })),
    })
    const choices = answer.choices.map(({ parts, ...choice }, index) =>
      Object.assign(choice, { parts: parts.map((part, at) => withId(part, ids.choices[index]!.parts[at]!)) }),
    )
    return { ...facts, choices }
  }
})

describe('usage of a recorded response adds up', () => {
  test.each(files([...streams, ...bodies]))('%s', (_file, recording) => {
    const { usage } = answerOf(recording)
    const { totalTokenCount, promptTokenCount = 0, thoughtsTokenCount } = usageOf(recording)
    if (!usage || totalTokenCount === undefined) return
    expect(usage.input + usage.output).toBe(totalTokenCount)
    expect(usage.input - (usage.toolInput ?? 0)).toBe(promptTokenCount)
    expect(usage.reasoning).toBe(thoughtsTokenCount)
    expect(usage.cached ?? 0).toBeLessThanOrEqual(usage.input)
  })
})

describe('a recorded error', () => {
  const KINDS: Record<string, string | undefined> = {
    'api-key': 'auth',
    '403': 'permission',
    '404': 'not-found',
    '400': 'bad-request',
    'prompt-blocked': 'content-policy',
    'invalid-location': undefined,
  }
  const all = fixtures(({ api, status }) => /^(?:vertex-)?gemini$/.test(api) && status >= 400)

  test.each(files(all))('%s has its kind', (file, { response }) => {
    const key = ['api-key', 'prompt-blocked', 'invalid-location', '403', '404', '400'].find((part) =>
      file.includes(part),
    )!
    const error = gemini.decodeError(response.text ?? JSON.stringify(response.body))
    expect(error?.kind as string | undefined).toBe(KINDS[key])
    if (error) expect(error).toMatchObject({ status: response.status, isEnvelope: true })
  })

  test.each(errors.length > 0 ? [errors.length] : [])('there are recordings: %i', (count) =>
    expect(count).toBeGreaterThan(5),
  )
})
