// Other models that answer instead: which, for what, and what a caller may say about it.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, series, startGateway, type TestGateway } from './gateway.ts'
import { answer, type Line, refusal, type Scripted, scripted } from './scripted.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const TOO_LONG = refusal(400, {}, { message: "This model's maximum context length is 10 tokens." })
const FILTERED = refusal(400, {}, { code: 'content_filter' })
const DOWN = refusal(500)

interface Scene {
  readonly gateway: TestGateway
  readonly upstreams: Readonly<Record<string, Scripted>>
}

/** Each model on an upstream of its own, with the settings of its own. */
async function scene(
  lines: Record<string, Line>,
  models: Record<string, object> = {},
  more: object = {},
): Promise<Scene> {
  const upstreams = Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, scripted(line)]))
  const names = Object.keys(lines)
  const gateway = await startGateway({
    providers: Object.fromEntries(
      names.map((name) => [`at-${name}`, { type: 'vllm', endpoints: [upstreams[name]!.url] }]),
    ),
    models: Object.fromEntries(names.map((name) => [name, { targets: [`at-${name}/m`], retries: 0, ...models[name] }])),
    ...more,
  })
  stops.push(...Object.values(upstreams).map(({ stop }) => stop), () => gateway.stop())
  return { gateway, upstreams }
}

const ask = async (gateway: TestGateway, more: object = {}, headers: Record<string, string> = {}, path = '/v1') => {
  const response = await gateway.post(`${path}/chat/completions`, { ...chat('x'), model: 'a', ...more }, headers)
  const body = (await response.json()) as { error?: { message: string; code: string; param: string | null } }
  return {
    status: response.status,
    model: response.headers.get('x-sluice-model'),
    attempts: response.headers.get('x-sluice-attempts'),
    error: body.error,
  }
}

const all = { any: ['b'], contextWindow: ['c'], contentPolicy: ['d'] }
const yes = { b: answer('b'), c: answer('c'), d: answer('d') }

describe('each kind of failure has a list of its own', () => {
  test.each([
    ['a failure', DOWN, 'b', 'any'],
    ['a prompt that is too long', TOO_LONG, 'c', 'contextWindow'],
    ['a content filter', FILTERED, 'd', 'contentPolicy'],
  ])('%s', async (_title, line, model, kind) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 200, model, attempts: '2' })
    const name = `sluice_fallbacks_total{kind="${kind}",from="a",to="${model}"}`
    expect(series(await gateway.metrics(), name)).toBe(1)
  })

  test('and a refusal of another kind has none', async () => {
    const { gateway } = await scene({ a: refusal(422), ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 422, model: 'a', attempts: '1' })
  })

  test('nor has a prompt that is too long where there is only a general one', async () => {
    const { gateway } = await scene({ a: TOO_LONG, ...yes }, { a: { fallbacks: ['b'] } })
    expect(await ask(gateway)).toMatchObject({ status: 400, model: 'a', attempts: '1' })
  })

  test('also when it is the fallback that fails so', async () => {
    const { gateway } = await scene({ a: DOWN, b: TOO_LONG, c: FILTERED, d: answer('d') }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 200, model: 'd', attempts: '4' })
  })

  test('and is asked at one endpoint of the model only: the next would say the same', async () => {
    const { gateway, upstreams } = await scene(
      { a: TOO_LONG, b: TOO_LONG, c: answer('c') },
      { a: { targets: ['at-a/m', 'at-b/m'], retries: 5, fallbacks: { contextWindow: ['c'] } } },
    )
    expect(await ask(gateway)).toMatchObject({ status: 200, model: 'c', attempts: '2' })
    expect(upstreams['a']!.calls.length + upstreams['b']!.calls.length).toBe(1)
  })
})

test.each([
  ['5', '60'],
  ['60', '5'],
])('when a model wants %s s and its fallback %s s, the caller is told the shorter one', async (own, others) => {
  const { gateway } = await scene(
    { a: refusal(429, { 'retry-after': own }), b: refusal(429, { 'retry-after': others }) },
    { a: { fallbacks: ['b'] } },
  )
  const response = await gateway.post('/v1/chat/completions', { ...chat('x'), model: 'a' })
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5'])
})

describe('for all models', () => {
  const requests = { fallbacks: { any: ['b'], contextWindow: ['c'] } }

  test.each<[string, Line, object, string | null, number]>([
    ['what they do not say is taken', DOWN, {}, 'b', 200],
    ['kind by kind', TOO_LONG, { fallbacks: ['d'] }, 'c', 200],
    ['their own list counts', DOWN, { fallbacks: ['d'] }, 'd', 200],
    ['an empty one is none', DOWN, { fallbacks: [] }, 'a', 500],
  ])('%s', async (_title, line, own, model, status) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: own }, { requests })
    expect(await ask(gateway)).toMatchObject({ model, status })
  })

  test('who is a fallback itself is passed over', async () => {
    const { gateway, upstreams } = await scene({ b: DOWN, c: answer('c') }, {}, { requests: { fallbacks: ['b', 'c'] } })
    expect(await ask(gateway, { model: 'b' })).toMatchObject({ status: 200, model: 'c' })
    expect(upstreams['b']!.calls).toHaveLength(1)
  })
})

test('models that name each other are each asked once', async () => {
  const lines = { a: DOWN, b: DOWN, c: DOWN }
  const { gateway, upstreams } = await scene(lines, {
    a: { fallbacks: ['b', 'c'] },
    b: { fallbacks: ['a'] },
    c: { fallbacks: ['a', 'b'] },
  })
  expect(await ask(gateway)).toMatchObject({ status: 500, model: 'c', attempts: '3' })
  expect(Object.values(upstreams).map(({ calls }) => calls.length)).toEqual([1, 1, 1])
})

test.each([
  ['bound to a model', 'a'],
  ['of a split', { split: { a: 1 } }],
])('a route %s has the fallbacks of its model', async (_title, route) => {
  const { gateway } = await scene(
    { a: DOWN, b: answer('b') },
    { a: { fallbacks: ['b'] } },
    { routes: { '/v1/bound': route } },
  )
  expect(await ask(gateway, { model: 'auto' }, {}, '/v1/bound')).toMatchObject({ status: 200, model: 'b' })
})

describe('a caller may say', () => {
  test.each<[string, Line, object, Record<string, string>, string, number]>([
    ['other models', DOWN, { fallbacks: ['d'] }, {}, 'd', 200],
    ['other models as objects', DOWN, { fallbacks: [{ model: 'd' }, 'c'] }, {}, 'd', 200],
    ['other models in a header', DOWN, {}, { 'x-sluice-fallbacks': ' d , c' }, 'd', 200],
    ['more in a header than in the body', DOWN, { fallbacks: ['c'] }, { 'x-sluice-fallbacks': 'd' }, 'd', 200],
    ['a larger model', TOO_LONG, { context_window_fallbacks: ['d'] }, {}, 'd', 200],
    ['a laxer model', FILTERED, { content_policy_fallbacks: ['c'] }, {}, 'c', 200],
    ['nothing of a kind, and the model counts', TOO_LONG, { fallbacks: ['d'] }, {}, 'c', 200],
    ['that it wants none', DOWN, { disable_fallbacks: true }, {}, 'a', 500],
    [
      'that it wants none of any kind',
      TOO_LONG,
      { disable_fallbacks: true, context_window_fallbacks: ['d'] },
      {},
      'a',
      400,
    ],
    ['that it wants none in a header', DOWN, {}, { 'x-sluice-fallbacks': '' }, 'a', 500],
    ['that it wants some after all', DOWN, { disable_fallbacks: false }, {}, 'b', 200],
    ['null, which is nothing', DOWN, { disable_fallbacks: null, fallbacks: null, num_retries: null }, {}, 'b', 200],
    ['the model itself, which was asked', DOWN, { fallbacks: ['a', 'a', 'd'] }, {}, 'd', 200],
  ])('%s', async (_title, line, body, headers, model, status) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway, body, headers)).toMatchObject({ model, status })
  })

  test.each<[string, object, Record<string, string>, number]>([
    ['in the body', { num_retries: 3 }, {}, 4],
    ['in a header', {}, { 'x-sluice-retries': '3' }, 4],
    ["in LiteLLM's header", {}, { 'x-litellm-num-retries': '3' }, 4],
    ['in a header before the body', { num_retries: 3 }, { 'x-sluice-retries': '0' }, 1],
  ])('how often it is retried, %s', async (_title, body, headers, attempts) => {
    const lines = { a: DOWN, b: DOWN, c: DOWN, d: DOWN }
    const targets = Object.keys(lines).map((name) => `at-${name}/m`)
    const { gateway } = await scene(lines, { a: { targets, retriesOn: { server: 1 } } })
    expect((await ask(gateway, body, headers)).attempts).toBe(String(attempts))
  })

  test('all that without the upstream hearing of it', async () => {
    const { gateway, upstreams } = await scene({ a: answer('a'), ...yes })
    const body = { fallbacks: ['b'], context_window_fallbacks: [], content_policy_fallbacks: [], num_retries: 1 }
    await ask(gateway, { ...body, disable_fallbacks: false, temperature: 1 })
    const sent = { model: 'm', messages: [{ role: 'user', content: 'x' }], temperature: 1 }
    expect(upstreams['a']!.calls.map((call) => call.body)).toEqual([sent])
  })
})

describe('what a caller cannot mean is a 400', () => {
  test.each<[string, object, Record<string, string>, RegExp, string | null]>([
    [
      'an unknown model',
      { fallbacks: ['nobody-here'] },
      {},
      /^"fallbacks" names the model "nobody-here", which does not exist\. There are "a", "b"\.$/,
      'fallbacks',
    ],
    ['nearly a model', { fallbacks: [{ model: 'bb' }] }, {}, /names the model "bb".*Did you mean "b"/, 'fallbacks'],
    [
      'an unknown model in a header',
      {},
      { 'x-sluice-fallbacks': 'b,zzzz' },
      /^The header x-sluice-fallbacks names the model "zzzz"/,
      null,
    ],
    ['a name alone', { fallbacks: 'b' }, {}, /must be of type array, not string/, 'fallbacks'],
    ['a number', { context_window_fallbacks: [5] }, {}, /must be the name of a model, or/, 'context_window_fallbacks'],
    [
      'other messages',
      { fallbacks: [{ model: 'b', messages: [] }] },
      {},
      /must be the name of a model, or/,
      'fallbacks',
    ],
    ['an object that means nothing', { fallbacks: [{}] }, {}, /must be the name of a model/, 'fallbacks'],
    [
      'null in a list',
      { content_policy_fallbacks: [null] },
      {},
      /must be the name of a model/,
      'content_policy_fallbacks',
    ],
    ['too many', { fallbacks: Array(11).fill('b') }, {}, /names more than 10 models/, 'fallbacks'],
    [
      'too many in a header',
      {},
      { 'x-sluice-fallbacks': Array(11).fill('b').join() },
      /names more than 10 models/,
      null,
    ],
    ['far too many', { fallbacks: Array(9000).fill('b') }, {}, /is longer than 16384 bytes/, 'fallbacks'],
    ['an endless name', { fallbacks: ['x'.repeat(5000)] }, {}, /names the model "x{100}\.\.\."/, 'fallbacks'],
    [
      'too many retries',
      { num_retries: 11 },
      {},
      /^"num_retries" must be a whole number from 0 to 10, not "11"\.$/,
      'num_retries',
    ],
    ['retries below none', { num_retries: -1 }, {}, /from 0 to 10/, 'num_retries'],
    ['half a retry', { num_retries: 1.5 }, {}, /from 0 to 10/, 'num_retries'],
    ['retries in words', { num_retries: '2' }, {}, /from 0 to 10, not "string"/, 'num_retries'],
    [
      'retries in words in a header',
      {},
      { 'x-sluice-retries': 'two' },
      /^The header x-sluice-retries must be a whole number from 0 to 10, not "two"\.$/,
      null,
    ],
    [
      'far too many retries in a header',
      {},
      { 'x-sluice-retries': '9'.repeat(400) },
      /from 0 to 10, not "9{100}\.\.\."/,
      null,
    ],
    [
      'a yes in words',
      { disable_fallbacks: 'yes' },
      {},
      /"disable_fallbacks" must be of type boolean, not string/,
      'disable_fallbacks',
    ],
  ])('%s', async (_title, body, headers, message, param) => {
    const { gateway, upstreams } = await scene({ a: answer('a'), b: answer('b') })
    const { status, error } = await ask(gateway, body, headers)
    expect({ status, ...error }).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param,
      message: expect.stringMatching(message),
    })
    expect(upstreams['a']!.calls).toEqual([])
  })

  test('a list that is no JSON, in a body that is only scanned', async () => {
    const { gateway } = await scene({ a: answer('a') })
    const body = `{"model":"a","messages":[{"role":"user","content":"${'x'.repeat(20_000)}"}],"fallbacks":["b" "c"]}`
    const response = await gateway.post('/v1/chat/completions', body)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_json', param: 'fallbacks' } },
    ])
  })
})
