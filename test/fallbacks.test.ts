// Fallback models: which one responds, after which failure, and what a client can override.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, series, startGateway, type TestGateway } from './gateway.ts'
import { answer, type ScriptedResponse, refusal, type ScriptedUpstream, startScriptedUpstream } from './scripted.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const TOO_LONG = refusal(400, {}, { message: "This model's maximum context length is 10 tokens." })
const FILTERED = refusal(400, {}, { code: 'content_filter' })
const DOWN = refusal(500)

interface Scene {
  readonly gateway: TestGateway
  readonly upstreams: Readonly<Record<string, ScriptedUpstream>>
}

/** Each model has its own upstream and its own settings. */
async function scene(
  lines: Record<string, ScriptedResponse>,
  models: Record<string, object> = {},
  more: object = {},
): Promise<Scene> {
  const upstreams = Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, startScriptedUpstream(line)]))
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

describe('each kind of failure has its own list of fallbacks:', () => {
  test.each([
    ['a server error', DOWN, 'b', 'any'],
    ['a prompt that is too long', TOO_LONG, 'c', 'contextWindow'],
    ['a content filter', FILTERED, 'd', 'contentPolicy'],
  ])('%s', async (_title, line, model, kind) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 200, model, attempts: '2' })
    const name = `sluice_fallbacks_total{kind="${kind}",from="a",to="${model}"}`
    expect(series(await gateway.metrics(), name)).toBe(1)
  })

  test('a 422 has none', async () => {
    const { gateway } = await scene({ a: refusal(422), ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 422, model: 'a', attempts: '1' })
  })

  test('a prompt that is too long does not use the general list', async () => {
    const { gateway } = await scene({ a: TOO_LONG, ...yes }, { a: { fallbacks: ['b'] } })
    expect(await ask(gateway)).toMatchObject({ status: 400, model: 'a', attempts: '1' })
  })

  test('a fallback that fails leads to the list of its kind of failure', async () => {
    const { gateway } = await scene({ a: DOWN, b: TOO_LONG, c: FILTERED, d: answer('d') }, { a: { fallbacks: all } })
    expect(await ask(gateway)).toMatchObject({ status: 200, model: 'd', attempts: '4' })
  })

  test('a prompt that is too long is sent to one endpoint of the model only, because the next would reject it too', async () => {
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
])(
  'if retry-after is %s s for the model and %s s for its fallback, the client gets the shorter one',
  async (own, others) => {
    const { gateway } = await scene(
      { a: refusal(429, { 'retry-after': own }), b: refusal(429, { 'retry-after': others }) },
      { a: { fallbacks: ['b'] } },
    )
    const response = await gateway.post('/v1/chat/completions', { ...chat('x'), model: 'a' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5'])
  },
)

describe('the fallbacks for all models', () => {
  const requests = { fallbacks: { any: ['b'], contextWindow: ['c'] } }

  test.each<[string, ScriptedResponse, object, string | null, number]>([
    ['apply to a model without fallbacks', DOWN, {}, 'b', 200],
    ['apply to each kind of failure without fallbacks', TOO_LONG, { fallbacks: ['d'] }, 'c', 200],
    ["are replaced by the model's own list", DOWN, { fallbacks: ['d'] }, 'd', 200],
    ['are turned off by an empty list', DOWN, { fallbacks: [] }, 'a', 500],
  ])('%s', async (_title, line, own, model, status) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: own }, { requests })
    expect(await ask(gateway)).toMatchObject({ model, status })
  })

  test('skip the requested model', async () => {
    const { gateway, upstreams } = await scene({ b: DOWN, c: answer('c') }, {}, { requests: { fallbacks: ['b', 'c'] } })
    expect(await ask(gateway, { model: 'b' })).toMatchObject({ status: 200, model: 'c' })
    expect(upstreams['b']!.calls).toHaveLength(1)
  })
})

test('models that are fallbacks of each other are each tried once', async () => {
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

describe('a client can request', () => {
  test.each<[string, ScriptedResponse, object, Record<string, string>, string, number]>([
    ['other fallbacks', DOWN, { fallbacks: ['d'] }, {}, 'd', 200],
    ['other fallbacks as objects', DOWN, { fallbacks: [{ model: 'd' }, 'c'] }, {}, 'd', 200],
    ['other fallbacks in a header', DOWN, {}, { 'x-sluice-fallbacks': ' d , c' }, 'd', 200],
    [
      'fallbacks in a header, which take precedence over the body',
      DOWN,
      { fallbacks: ['c'] },
      { 'x-sluice-fallbacks': 'd' },
      'd',
      200,
    ],
    ['fallbacks for prompts that are too long', TOO_LONG, { context_window_fallbacks: ['d'] }, {}, 'd', 200],
    ['fallbacks for content filters', FILTERED, { content_policy_fallbacks: ['c'] }, {}, 'c', 200],
    ["fallbacks of one kind, and the model's lists apply to the others", TOO_LONG, { fallbacks: ['d'] }, {}, 'c', 200],
    ['no fallbacks', DOWN, { disable_fallbacks: true }, {}, 'a', 500],
    ['no fallbacks of any kind', TOO_LONG, { disable_fallbacks: true, context_window_fallbacks: ['d'] }, {}, 'a', 400],
    ['no fallbacks in a header', DOWN, {}, { 'x-sluice-fallbacks': '' }, 'a', 500],
    ["the model's fallbacks with disable_fallbacks: false", DOWN, { disable_fallbacks: false }, {}, 'b', 200],
    [
      'null, which is treated as absent',
      DOWN,
      { disable_fallbacks: null, fallbacks: null, num_retries: null },
      {},
      'b',
      200,
    ],
    ['the model itself as fallback, which is skipped', DOWN, { fallbacks: ['a', 'a', 'd'] }, {}, 'd', 200],
  ])('%s', async (_title, line, body, headers, model, status) => {
    const { gateway } = await scene({ a: line, ...yes }, { a: { fallbacks: all } })
    expect(await ask(gateway, body, headers)).toMatchObject({ model, status })
  })

  test.each<[string, object, Record<string, string>, number]>([
    ['in the body', { num_retries: 3 }, {}, 4],
    ['in a header', {}, { 'x-sluice-retries': '3' }, 4],
    ["in LiteLLM's header", {}, { 'x-litellm-num-retries': '3' }, 4],
    ['in a header, which takes precedence over the body', { num_retries: 3 }, { 'x-sluice-retries': '0' }, 1],
  ])('the number of retries %s', async (_title, body, headers, attempts) => {
    const lines = { a: DOWN, b: DOWN, c: DOWN, d: DOWN }
    const targets = Object.keys(lines).map((name) => `at-${name}/m`)
    const { gateway } = await scene(lines, { a: { targets, retriesOn: { server: 1 } } })
    expect((await ask(gateway, body, headers)).attempts).toBe(String(attempts))
  })

  test('all of it with fields that are not forwarded to the upstream', async () => {
    const { gateway, upstreams } = await scene({ a: answer('a'), ...yes })
    const body = { fallbacks: ['b'], context_window_fallbacks: [], content_policy_fallbacks: [], num_retries: 1 }
    await ask(gateway, { ...body, disable_fallbacks: false, temperature: 1 })
    const sent = { model: 'm', messages: [{ role: 'user', content: 'x' }], temperature: 1 }
    expect(upstreams['a']!.calls.map((call) => call.body)).toEqual([sent])
  })
})

describe('an invalid override is a 400:', () => {
  test.each<[string, object, Record<string, string>, RegExp, string | null]>([
    [
      'an unknown model',
      { fallbacks: ['nobody-here'] },
      {},
      /^"fallbacks" names the model "nobody-here", which does not exist\. There are "a", "b"\.$/,
      'fallbacks',
    ],
    ['a misspelled model', { fallbacks: [{ model: 'bb' }] }, {}, /names the model "bb".*Did you mean "b"/, 'fallbacks'],
    [
      'an unknown model in a header',
      {},
      { 'x-sluice-fallbacks': 'b,zzzz' },
      /^The header x-sluice-fallbacks names the model "zzzz"/,
      null,
    ],
    ['a string instead of a list', { fallbacks: 'b' }, {}, /must be of type array, not string/, 'fallbacks'],
    [
      'a number in a list',
      { context_window_fallbacks: [5] },
      {},
      /must be the name of a model, or/,
      'context_window_fallbacks',
    ],
    [
      'an object with messages',
      { fallbacks: [{ model: 'b', messages: [] }] },
      {},
      /must be the name of a model, or/,
      'fallbacks',
    ],
    ['an empty object', { fallbacks: [{}] }, {}, /must be the name of a model/, 'fallbacks'],
    [
      'null in a list',
      { content_policy_fallbacks: [null] },
      {},
      /must be the name of a model/,
      'content_policy_fallbacks',
    ],
    ['11 models', { fallbacks: Array(11).fill('b') }, {}, /names more than 10 models/, 'fallbacks'],
    [
      '11 models in a header',
      {},
      { 'x-sluice-fallbacks': Array(11).fill('b').join() },
      /names more than 10 models/,
      null,
    ],
    ['9,000 models', { fallbacks: Array(9000).fill('b') }, {}, /is longer than 16384 bytes/, 'fallbacks'],
    [
      'a name of 5,000 characters',
      { fallbacks: ['x'.repeat(5000)] },
      {},
      /names the model "x{100}\.\.\."/,
      'fallbacks',
    ],
    [
      '11 retries',
      { num_retries: 11 },
      {},
      /^"num_retries" must be a whole number from 0 to 10, not "11"\.$/,
      'num_retries',
    ],
    ['negative retries', { num_retries: -1 }, {}, /from 0 to 10/, 'num_retries'],
    ['a fractional number of retries', { num_retries: 1.5 }, {}, /from 0 to 10/, 'num_retries'],
    ['retries as a string', { num_retries: '2' }, {}, /from 0 to 10, not "string"/, 'num_retries'],
    [
      'retries in a header that are not a number',
      {},
      { 'x-sluice-retries': 'two' },
      /^The header x-sluice-retries must be a whole number from 0 to 10, not "two"\.$/,
      null,
    ],
    [
      'a number of 400 digits as retries in a header',
      {},
      { 'x-sluice-retries': '9'.repeat(400) },
      /from 0 to 10, not "9{100}\.\.\."/,
      null,
    ],
    [
      'disable_fallbacks as a string',
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

  test('a list with invalid JSON, in a large body that is only scanned', async () => {
    const { gateway } = await scene({ a: answer('a') })
    const body = `{"model":"a","messages":[{"role":"user","content":"${'x'.repeat(20_000)}"}],"fallbacks":["b" "c"]}`
    const response = await gateway.post('/v1/chat/completions', body)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_json', param: 'fallbacks' } },
    ])
  })
})
