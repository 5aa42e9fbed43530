// The judge must detect every wrong response. Each is a correct response with one change.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createSimServer, type SimServer } from '../src/sim/server.ts'
import { judge } from './judge.ts'
import type { Received, Verdict } from './verdict.ts'

let server: SimServer
beforeAll(async () => {
  server = await createSimServer({ speed: 0 })
})
afterAll(() => server?.stop())

const messages = [{ role: 'user', content: 'Tell me the truth' }]
const tool = {
  type: 'function',
  function: { name: 'note', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
}
const complete = { model: 'sim-1b', messages, max_tokens: 12 }
const stream = { ...complete, stream: true }
const counted = { ...stream, stream_options: { include_usage: true } }
const tools = { model: 'sim-1b', messages, stream: true, tools: [tool], tool_choice: 'required' }
const completion = { model: 'sim-1b', prompt: 'Tell me', max_tokens: 9 }

async function fetchResponse(body: object): Promise<Received> {
  const path = 'prompt' in body ? '/v1/completions' : '/v1/chat/completions'
  const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) })
  const contentType = response.headers.get('content-type')!
  return { status: response.status, contentType, body: await response.text(), isComplete: true }
}

type Change = (received: Received) => Partial<Received>
async function judged(body: object, change: Change = () => ({})): Promise<Verdict> {
  const received = await fetchResponse(body)
  return judge({ body: body as Record<string, unknown> }, { ...received, ...change(received) })
}

const inBody =
  (change: (body: string) => string): Change =>
  ({ body }) => {
    expect(change(body)).not.toBe(body)
    return { body: change(body) }
  }
const inEvents = (change: (events: string[]) => string[]) =>
  inBody((body) =>
    change(body.split('\n\n').slice(0, -1))
      .map((event) => `${event}\n\n`)
      .join(''),
  )

const ERROR =
  '{"error":{"message":"The upstream timed out.","type":"server_error","param":null,"code":"upstream_timeout"}}'
const errorEvent = `data: ${ERROR}`

describe('exact', () => {
  test.each([
    ['a complete response', complete],
    ['a completion', completion],
    ['a stream', stream],
    ['a stream with usage', counted],
    ['a streamed completion', { ...completion, stream: true }],
    ['a tool call', tools],
    ['two choices', { ...counted, n: 2 }],
  ])('%s', async (_title, body) => {
    expect(await judged(body)).toEqual({ type: 'exact' })
  })

  test('comments between events are ignored', async () => {
    expect(
      await judged(
        stream,
        inEvents(([first, ...rest]) => [first!, ': wait', ...rest]),
      ),
    ).toEqual({ type: 'exact' })
  })
})

describe('a reported error', () => {
  test.each<[string, object, Change]>([
    ['by its status', complete, () => ({ status: 504, body: ERROR })],
    ['by its status, to a stream', stream, () => ({ status: 504, contentType: 'application/json', body: ERROR })],
    [
      'by an event after the beginning',
      stream,
      inEvents((events) => [...events.slice(0, 5), errorEvent, 'data: [DONE]']),
    ],
    ['by an event instead of the requested usage', counted, inEvents((events) => events.toSpliced(-2, 1, errorEvent))],
    [
      'by an event in the middle of a tool call',
      tools,
      inEvents((events) => [...events.slice(0, 3), errorEvent, 'data: [DONE]']),
    ],
  ])('%s', async (_title, body, change) => {
    expect(await judged(body, change)).toEqual({ type: 'error', code: 'upstream_timeout' })
  })
})

describe('an incomplete response', () => {
  test.each<[string, object, Change]>([
    ['nothing', complete, () => ({ status: 0, body: '', contentType: '', isComplete: false })],
    ['half a body', complete, ({ body }) => ({ body: body.slice(0, 80), isComplete: false })],
    ['half a stream, cut within an event', stream, ({ body }) => ({ body: body.slice(0, 700), isComplete: false })],
    ['a stream without the last HTTP chunk', stream, () => ({ isComplete: false })],
  ])('%s', async (_title, body, change) => {
    expect(await judged(body, change)).toEqual({ type: 'incomplete' })
  })
})

const lastOf = (events: readonly string[]) => events.at(-2)!
const withoutFinish = (event: string) => event.replace(/"finish_reason":"\w+"/, '"finish_reason":null')

describe('a wrong response', () => {
  test.each<[string, object, Change, RegExp]>([
    ['another text', complete, inBody((body) => body.replace(/"content":"\w/, '"content":"#')), /wrong text/],
    ['half the text', complete, inBody((body) => body.replace(/("content":"[^"]{10})[^"]*/, '$1')), /wrong text/],
    ['another finish', complete, inBody((body) => body.replace('"length"', '"stop"')), /finish stop/],
    ['no finish', complete, inBody(withoutFinish), /finish null/],
    [
      'wrong usage',
      complete,
      inBody((body) => body.replace(/"completion_tokens":\d+/, '"completion_tokens":3')),
      /wrong usage/,
    ],
    ['no usage', complete, inBody((body) => body.replace('"usage"', '"used"')), /no usage/],
    [
      'a choice too many',
      { ...complete, n: 2 },
      inBody((body) => body.replace(/"choices":\[/, '"choices":[{},')),
      /3 choices/,
    ],
    ['half the JSON', complete, inBody((body) => body.slice(0, 100)), /not JSON/],
    ['an empty body with a 200', complete, () => ({ body: '' }), /not JSON/],
    ['an HTML page with a 502', complete, () => ({ status: 502, body: '<html>' }), /not JSON/],
    ['an error without an error object', complete, () => ({ status: 502, body: '{"detail":"no"}' }), /error object/],
    ['an error with a 200', complete, () => ({ body: ERROR }), /no id/],
    ['a redirect', complete, () => ({ status: 302, body: '' }), /status 302/],
    ['an HTML page instead of a stream', stream, () => ({ contentType: 'text/html' }), /content-type/],
    [
      'another word in the middle',
      stream,
      inEvents((events) => events.with(4, events[4]!.replace(/"content":"[^"]*/, '"content":" no'))),
      /wrong text/,
    ],
    ['a word left out', stream, inEvents((events) => events.toSpliced(4, 1)), /wrong text/],
    ['a word sent twice', stream, inEvents((events) => events.toSpliced(4, 0, events[4]!)), /wrong text/],
    [
      'text cut off, with a finish',
      stream,
      inEvents((events) => [
        ...events.slice(0, 5),
        lastOf(events).replace(/"content":"[^"]*/, '"content":"'),
        'data: [DONE]',
      ]),
      /cut with a finish/,
    ],
    [
      'an end without a finish',
      stream,
      inEvents((events) => [...events.slice(0, 5), 'data: [DONE]']),
      /no finish reason/,
    ],
    ['an end without [DONE]', stream, inEvents((events) => events.slice(0, -1)), /without \[DONE\]/],
    ['a clean end in the middle', stream, inEvents((events) => events.slice(0, 5)), /without \[DONE\]/],
    ['an end within an event', stream, ({ body }) => ({ body: body.slice(0, 700) }), /within an event/],
    ['half an event', stream, inEvents((events) => events.with(4, events[4]!.slice(0, 60))), /not JSON/],
    ['two ids', stream, inEvents((events) => events.with(4, events[4]!.replace(/"id":"/, '"id":"x'))), /two responses/],
    [
      'two models',
      stream,
      inEvents((events) => events.with(4, events[4]!.replace(/"model":"/, '"model":"x'))),
      /two responses/,
    ],
    ['two beginnings', stream, inEvents((events) => events.toSpliced(1, 0, events[0]!)), /two beginnings/],
    ['two finishes', stream, inEvents((events) => events.toSpliced(-1, 0, lastOf(events))), /after the finish/],
    ['text after [DONE]', stream, inEvents((events) => [...events, events[4]!]), /after \[DONE\]/],
    ['text after an error', stream, inEvents((events) => events.toSpliced(4, 0, errorEvent)), /after an error/],
    [
      'an error after the complete response',
      stream,
      inEvents((events) => events.toSpliced(-1, 0, errorEvent)),
      /after the complete response/,
    ],
    [
      'usage that was not requested',
      stream,
      inEvents((events) => events.with(2, events[2]!.replace(/\}$/, ',"usage":{"total_tokens":1}}'))),
      /usage was sent 1/,
    ],
    ['no usage', counted, inEvents((events) => events.toSpliced(-2, 1)), /usage was sent 0/],
    ['wrong usage', counted, inBody((body) => body.replace(/"prompt_tokens":\d+/, '"prompt_tokens":3')), /wrong usage/],
    ['another tool', tools, inBody((body) => body.replace('"note"', '"delete"')), /wrong tool call/],
    ['arguments cut off, with a finish', tools, inEvents((events) => events.toSpliced(-3, 1)), /tool call/],
    [
      'one choice instead of two',
      { ...stream, n: 2 },
      inEvents((events) => events.filter((event) => !event.includes('"index":1'))),
      /no finish reason/,
    ],
    ['a line that is not an event', stream, inEvents((events) => events.with(3, 'HTTP/1.1 500')), /not an event/],
    [
      'the beginning of a different text',
      stream,
      ({ body }) => ({ body: body.replace(/"content":"\w/, '"content":"#'), isComplete: false }),
      /wrong text/,
    ],
  ])('%s', async (_title, body, change, what) => {
    const verdict = await judged(body, change)
    expect(verdict).toMatchObject({ type: 'wrong' })
    expect(verdict.type === 'wrong' && verdict.what).toMatch(what)
  })
})
