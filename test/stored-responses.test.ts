// Responses that later requests refer to, over real sockets: with OpenAI's own libraries and by hand.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, stepCountIs, streamText } from 'ai'
import { OpenAI } from 'openai'
import { parseFault } from '../src/sim/faults/fault.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { UPSTREAMS } from './clients/upstreams.ts'

let fleets: Fleet[]
let gateway: TestGateway
beforeAll(async () => {
  fleets = await Promise.all(
    UPSTREAMS.map(({ name, model }) =>
      // The simulator's rules are those of Anthropic's own API, whose bodies name the model.
      startFleet({ servers: 1, speed: 0, model, ...(name !== 'bedrock claude' && { strict: 'self-hosted' }) }),
    ),
  )
  gateway = await startGateway({
    providers: Object.fromEntries(UPSTREAMS.map(({ name, provider }, at) => [name, provider(fleets[at]!.urls[0]!)])),
    models: Object.fromEntries(UPSTREAMS.map(({ name, model }) => [name, `${name}/${model}`])),
  })
})
afterAll(async () => {
  await gateway?.stop()
  for (const fleet of fleets ?? []) fleet.stop()
})

const names = UPSTREAMS.map(({ name }) => name)
const schema = { type: 'object' as const, properties: { city: { type: 'string' as const } }, required: ['city'] }
const tools = () => ({
  get_weather: {
    description: 'The weather of a city',
    inputSchema: jsonSchema<{ city: string }>(schema),
    execute: async () => 'It rains.',
  },
})
const thinking = { reasoning: 'medium' as const, providerOptions: { openai: { forceReasoning: true } } }

describe.each(names)('the AI SDK as it is, with a model of %s,', (name) => {
  const model = () => createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY })(name)

  test('has two turns', async () => {
    const first = await generateText({ model: model(), prompt: 'Hello.', maxRetries: 0, ...thinking })
    const second = await generateText({
      model: model(),
      maxRetries: 0,
      ...thinking,
      messages: [
        { role: 'user', content: 'Hello.' },
        ...first.response.messages,
        { role: 'user', content: 'And the sea?' },
      ],
    })
    expect([first.text, second.text]).not.toContain('')
  })

  test.each(['whole', 'streamed'])('has a %s tool loop', async (how) => {
    if (name === 'ollama') return
    const settings = {
      model: model(),
      prompt: 'Please get_weather in Rome.',
      tools: tools(),
      stopWhen: stepCountIs(3),
      maxRetries: 0,
      ...thinking,
    }
    const steps = how === 'whole' ? (await generateText(settings)).steps : await streamText(settings).steps
    expect(steps.length).toBeGreaterThanOrEqual(2)
    expect(steps[0]!.toolCalls).toHaveLength(1)
  })
})

interface Listed {
  readonly content: readonly { readonly type: string; readonly text: string }[]
}

interface Body {
  readonly id: string
  readonly error: { readonly message: string; readonly param: string }
  readonly data: readonly Listed[]
  readonly has_more: boolean
  readonly first_id: string
  readonly last_id: string
}

const post = async (body: object, path = '/v1/responses') => {
  const response = await gateway.post(path, body)
  return { status: response.status, body: (await response.json()) as Body }
}
const send = (method: string, path: string) =>
  fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${KEY}` } })
const get = async (path: string) => {
  const response = await send('GET', path)
  return { status: response.status, body: (await response.json()) as Body }
}

describe("OpenAI's library", () => {
  const openai = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 })

  test('continues, retrieves, lists and deletes responses', async () => {
    const { responses } = openai()
    const first = await responses.create({ model: 'anthropic', input: 'Hello.', instructions: 'Be brief.' })
    const second = await responses.create({
      model: 'gemini',
      input: [{ role: 'user', content: 'And the sea?' }],
      previous_response_id: first.id,
    })
    expect(first).toMatchObject({ store: true, previous_response_id: null })
    expect(second).toMatchObject({ store: true, previous_response_id: first.id })
    expect(await responses.retrieve(second.id)).toMatchObject({ id: second.id, output: second.output })
    const items = []
    for await (const item of responses.inputItems.list(second.id, { order: 'asc', limit: 1 })) items.push(item)
    expect(items).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
      ...first.output,
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And the sea?' }] },
    ])
    await responses.delete(second.id)
    const gone = await responses.retrieve(second.id).catch((error: unknown) => error)
    expect(gone).toMatchObject({ status: 404 })
  })

  test('continues a stream, which is stored when its last event arrives', async () => {
    const { responses } = openai()
    let id = ''
    for await (const event of await responses.create({ model: 'bedrock', input: 'Hello.', stream: true }))
      if (event.type === 'response.completed') {
        ;({ id } = event.response)
        expect((await responses.retrieve(id)).output).toEqual(event.response.output)
      }
    const next = await responses.create({ model: 'chat', input: 'More.', previous_response_id: id })
    expect(next.output_text).not.toBe('')
  })
})

describe('a response that is not stored:', () => {
  test.each<[string, object]>([['store: false', { store: false }]])('%s', async (_, more) => {
    const { body } = await post({ model: 'chat', input: 'Hello.', ...more })
    const { id } = body
    const next = await post({ model: 'chat', input: 'More.', previous_response_id: id })
    expect(next.status).toBe(400)
    expect(next.body.error).toMatchObject({
      type: 'invalid_request_error',
      param: 'previous_response_id',
      code: 'previous_response_not_found',
      message: expect.stringContaining('"store": false') as string,
    })
    expect((await get(`/v1/responses/${id}`)).status).toBe(404)
  })

  test('a stream that breaks', async () => {
    await fleets[2]!.servers[0]!.faults.arm(parseFault('cut:1:1'))
    const response = await gateway.post('/v1/responses', { model: 'anthropic', input: 'Hello.', stream: true })
    const text = await response.text()
    expect(text).not.toContain('response.completed')
    const id = /"id":"(resp_\w+)"/.exec(text)![1]!
    expect((await get(`/v1/responses/${id}`)).status).toBe(404)
  })
})

describe('bad requests', () => {
  let id: string
  beforeAll(async () => {
    const input = [1, 2, 3].map((each) => ({ role: 'user', content: `${each}` }))
    id = (await post({ model: 'chat', input })).body.id
  })

  const reference = (id: unknown) => ({ input: [{ type: 'item_reference', id }] })
  test.each<[string, object, string]>([
    ['an id that is no string', { input: 'x', previous_response_id: 7 }, 'previous_response_id'],
    ['an unknown id', { input: 'x', previous_response_id: 'resp_none' }, 'previous_response_id'],
    ['an empty id', { input: 'x', previous_response_id: '' }, 'previous_response_id'],
    ['a huge id', { input: 'x', previous_response_id: 'r'.repeat(100_000) }, 'previous_response_id'],
    ['an id with other characters', { input: 'x', previous_response_id: '../\0\ud800' }, 'previous_response_id'],
    ['an unknown item', reference('msg_none'), 'input[0]'],
    ['an item without an id', reference(undefined), 'input[0].id'],
    ['an item whose id is no string', reference({}), 'input[0].id'],
    ['a long item', reference('m'.repeat(1500)), 'input[0]'],
  ])('%s', async (_, more, param) => {
    const { status, body } = await post({ model: 'anthropic', ...more })
    expect([status, body.error.param]).toEqual([400, param])
    expect(body.error.message.length).toBeLessThan(400)
  })

  test('references that stand for more than a body may have', async () => {
    const large = await post({ model: 'chat', input: 'x'.repeat(1_000_000) })
    const { first_id: item } = (await get(`/v1/responses/${large.body.id}/input_items`)).body
    const input = Array.from({ length: 40 }, () => ({ type: 'item_reference', id: item }))
    const { status, body } = await post({ model: 'chat', input })
    expect([status, body.error.message]).toEqual([413, expect.stringContaining('32 MB')])
  })

  test('ten thousand references', async () => {
    const { first_id: item } = (await get(`/v1/responses/${id}/input_items`)).body
    const input = Array.from({ length: 10_000 }, () => ({ type: 'item_reference', id: item }))
    expect((await post({ model: 'gemini', input })).status).toBe(200)
  })

  test.each<[string, string, number]>([
    ['GET', '/v1/responses/none', 404],
    ['GET', `/v1/responses/${'x'.repeat(10_000)}`, 404],
    ['GET', '/v1/responses/%2e%2e%2fadmin', 404],
    ['GET', '/v1/responses/%zz', 404],
    ['GET', '/v1/responses/a/b', 404],
    ['POST', '/v1/responses/ID', 405],
    ['PATCH', '/v1/responses/ID', 405],
    ['GET', '/v1/responses/ID/cancel', 405],
    ['DELETE', '/v1/responses/ID/input_items', 405],
    ['POST', '/v1/responses/ID/cancel', 400],
    ['POST', '/v1/responses/none/cancel', 404],
    ['DELETE', '/v1/responses/none', 404],
    ['GET', '/v1/responses/ID?stream=true', 400],
    ['GET', '/v1/responses/ID?starting_after=3', 400],
    ['GET', '/v1/responses/ID?stream=false', 200],
    ['GET', '/v1/responses/ID/input_items?limit=0', 400],
    ['GET', '/v1/responses/ID/input_items?limit=101', 400],
    ['GET', '/v1/responses/ID/input_items?limit=1e99', 400],
    ['GET', '/v1/responses/ID/input_items?limit=-1', 400],
    ['GET', '/v1/responses/ID/input_items?order=up', 400],
    ['GET', '/v1/responses/ID/input_items?after=none', 400],
    ['GET', '/v1/responses/ID/input_items?before=none', 400],
    ['POST', '/v1/conversations', 404],
    ['GET', '/v1/conversations/conv_1/items', 404],
    ['GET', '/v1/responses/none/input_items?limit=0', 404],
  ])('%s %s: %d', async (method, path, expected) => {
    const response = await send(method, path.replace('ID', id))
    const body = (await response.json()) as { error?: { message: string; type: string } }
    expect(response.status).toBe(expected)
    if (expected >= 400) expect(body.error).toMatchObject({ type: 'invalid_request_error' })
    expect(body.error?.message.length ?? 0).toBeLessThan(400)
  })

  test('nothing is shown without a key', async () => {
    for (const path of [`/v1/responses/${id}`, '/v1/responses/none', '/v1/conversations'])
      expect((await fetch(gateway.url + path)).status).toBe(401)
  })
})

describe('input items', () => {
  let id: string
  beforeAll(async () => {
    const input = ['a', 'b', 'b', 'c', 'b'].map((content) => ({ role: 'user', content }))
    id = (await post({ model: 'chat', input })).body.id
  })
  const list = async (query: string) => {
    const { body } = await get(`/v1/responses/${id}/input_items?${query}`)
    const texts = body.data.map(({ content }) => content[0]!.text).join('')
    return { texts, more: body.has_more, first: body.first_id, last: body.last_id }
  }

  test.each<[string, string, boolean]>([
    ['', 'bcbba', false],
    ['order=asc', 'abbcb', false],
    ['order=asc&limit=2', 'ab', true],
    ['limit=2', 'bc', true],
  ])('%s: %s', async (query, texts, more) => expect(await list(query)).toMatchObject({ texts, more }))

  test('are listed page by page, in both directions', async () => {
    const first = await list('order=asc&limit=2')
    const second = await list(`order=asc&limit=2&after=${first.last}`)
    const third = await list(`order=asc&limit=2&after=${second.last}`)
    expect([first, second, third].map(({ texts }) => texts)).toEqual(['ab', 'bc', 'b'])
    expect([second.more, third.more]).toEqual([true, false])
    expect(await list(`order=asc&limit=2&before=${third.first}`)).toMatchObject({ texts: 'bc', more: true })
  })

  test('can be referred to', async () => {
    const { first } = await list('order=asc')
    const next = await post({ model: 'gemini', input: [{ type: 'item_reference', id: first }] })
    expect(next.status).toBe(200)
    const { body } = await get(`/v1/responses/${next.body.id}/input_items`)
    expect(body.data[0]!.content).toEqual([{ type: 'input_text', text: 'a' }])
  })
})

test('what the upstream is given: the earlier input and output, without the earlier instructions', async () => {
  const { url, sent, stop } = startChat()
  const other = await startGateway({
    providers: { chat: { type: 'openai-compatible', baseUrl: `${url}/v1` } },
    models: { m: 'chat/m' },
  })
  try {
    const ask = async (body: object) =>
      (await (await other.post('/v1/responses', { model: 'm', ...body })).json()) as { id: string }
    const first = await ask({ input: 'One.', instructions: 'Be brief.', store: true })
    const second = await ask({ input: [{ role: 'user', content: 'Two.' }], previous_response_id: first.id })
    await ask({ input: 'Three.', previous_response_id: second.id, store: false })
    expect(sent.map(({ store }) => store)).toEqual([undefined, undefined, false])
    expect(sent.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['Be brief.', 'One.'],
      ['One.', 'Answer 1.', 'Two.'],
      ['One.', 'Answer 1.', 'Two.', 'Answer 2.', 'Three.'],
    ])
  } finally {
    await other.stop()
    stop()
  }
})

test('the store can be switched off, also while it runs', async () => {
  const config = (enabled: boolean) => ({
    providers: { chat: { type: 'vllm', baseUrl: fleets[0]!.urls[0] } },
    models: { m: 'chat/sim-1b' },
    responses: { store: { enabled } },
  })
  const other = await startGateway(config(true))
  try {
    const ask = async (body: object) => {
      const response = await other.post('/v1/responses', { model: 'm', input: 'Hello.', ...body })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    const { body } = await ask({})
    expect(series(await other.metrics(), 'sluice_stored_responses')).toBe(1)
    other.write(config(false))
    await other.reload('admin')
    expect(series(await other.metrics(), 'sluice_stored_responses')).toBe(0)
    expect((await ask({ previous_response_id: body['id'] })).status).toBe(400)
    expect((await other.get(`/v1/responses/${String(body['id'])}`)).status).toBe(404)
    expect((await ask({})).body).toMatchObject({ store: false })
  } finally {
    await other.stop()
  }
})

interface SentChat {
  readonly store: unknown
  readonly messages: readonly { readonly content: string }[]
}

/** A chat server that numbers its answers. */
function startChat() {
  const sent: SentChat[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      sent.push((await request.json()) as SentChat)
      const message = { role: 'assistant', content: `Answer ${sent.length}.` }
      return Response.json({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      })
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, sent, stop: () => void server.stop(true) }
}
