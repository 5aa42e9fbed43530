// Requests that an upstream cannot serve, but reports as a failure of its own: they are rejected once, and nothing is held
// against the endpoint. Over sockets.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { startGateway, type TestGateway } from './gateway.ts'
import { answer, type ScriptedUpstream, startScriptedUpstream } from './scripted.ts'

const TYPES = ['vllm', 'llamacpp', 'openai-compatible', 'openai', 'anthropic', 'gemini', 'cohere', 'ollama'] as const

let one: ScriptedUpstream
let two: ScriptedUpstream
let other: ScriptedUpstream
let gateway: TestGateway
let next: () => Response
beforeAll(async () => {
  one = startScriptedUpstream(() => next())
  two = startScriptedUpstream(() => next())
  other = startScriptedUpstream(answer('Fine.'))
  const health = { enabled: false, failureThreshold: 2 }
  const provider = (type: string) => ({ type, apiKey: 'k', health, endpoints: [`${one.url}/`, `${two.url}/`] })
  gateway = await startGateway({
    providers: {
      ...Object.fromEntries(TYPES.map((type) => [type, provider(type)])),
      open: { type: 'openai-compatible', endpoints: [one.url], passthrough: true, health },
      spare: { type: 'sglang', endpoints: [other.url], health },
    },
    models: {
      ...Object.fromEntries(TYPES.map((type) => [type, { targets: [`${type}/m`], retries: 3 }])),
      mixed: { targets: ['vllm/m', 'spare/m'], retries: 3, policy: 'round_robin' },
      'with-fallback': { targets: ['vllm/m'], fallbacks: ['good'] },
      good: 'spare/m',
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  for (const upstream of [one, two, other]) upstream?.stop()
})
beforeEach(() => {
  for (const upstream of [one, two, other]) upstream.calls.length = 0
})

const messages = [{ role: 'user', content: 'Hi' }]
const send = (model: string, stream = false) => gateway.post('/v1/chat/completions', { model, stream, messages })
const asked = () => one.calls.length + two.calls.length
const statesOf = async (type: string) => {
  const { endpoints } = (await (await gateway.get('/admin/endpoints')).json()) as {
    endpoints: { id: string; state: string; failures: number }[]
  }
  return endpoints.filter(({ id }) => id.startsWith(`${type}/`)).map(({ state, failures }) => [state, failures])
}

/** An error with this message, in the format of a provider type. */
const errorOf = (type: string, message: string, status: number): object => {
  if (type === 'anthropic') return { type: 'error', error: { type: 'api_error', message } }
  if (type === 'gemini') return { error: { code: status, message, status: 'INTERNAL' } }
  if (type === 'cohere') return { message }
  if (type === 'ollama') return { error: message }
  return { error: { code: status, message, type: 'server_error' } }
}

const IMAGE = 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'

describe.each(TYPES)('%s', (type) => {
  test.each([false, true])(
    'an image for a model without vision (stream %p): 400, asked once, no failure',
    async (stream) => {
      next = () => Response.json(errorOf(type, IMAGE, 500), { status: 500 })
      for (let time = 0; time < 4; time++) {
        const received = await send(type, stream)
        expect(received.status).toBe(400)
        expect(await received.json()).toMatchObject({ error: { message: IMAGE, type: 'invalid_request_error' } })
      }
      expect(asked()).toBe(4)
      expect((await statesOf(type)).map(([, failures]) => failures)).toEqual([0, 0])
    },
  )

  test('501: asked once, no failure', async () => {
    next = () => Response.json(errorOf(type, 'This server does not know it.', 501), { status: 501 })
    for (let time = 0; time < 4; time++) {
      const received = await send(type)
      expect([received.status, received.headers.get('x-should-retry')]).toEqual([501, 'false'])
    }
    expect(asked()).toBe(4)
    expect((await statesOf(type)).map(([, failures]) => failures)).toEqual([0, 0])
  })
})

describe('words of servers', () => {
  test.each<[number, string]>([
    [500, 'image input is not supported by this server'],
    [500, 'audio input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
    [500, 'Failed to parse messages: Unsupported content part type: "image_url"; messages = []'],
    [500, 'Failed to load image or audio file'],
    [500, 'this model is missing data required for image input'],
    [500, 'registry.ollama.ai/library/gemma:2b does not support tools'],
    [500, '"qwen3" does not support thinking'],
    [500, 'm is not a multimodal model'],
    [404, 'No endpoints found that support image input'],
    [404, 'No endpoints found that support tool use. To learn more about provider routing, visit: https://x.example'],
    [500, 'Conversation roles must alternate user/assistant/user/assistant/...'],
    [500, 'System role not supported'],
    [500, 'System message must be at the beginning.'],
    [500, 'tools param requires --jinja flag'],
    [500, 'JSON schema conversion failed: unknown type'],
    [502, 'The model m does not support image input.'],
  ])('%i %s: the request', async (status, message) => {
    next = () => Response.json({ error: { message } }, { status })
    expect([(await send('vllm')).status, asked()]).toEqual([400, 1])
  })

  test.each<[number, string]>([
    [500, 'Internal server error'],
    [500, 'The image of the container does not support this machine'],
    [500, 'CUDA error: operation not supported'],
    [502, 'The tool call failed'],
    [500, `${'x'.repeat(600)} image input is not supported`],
  ])('%i %s: the server', async (status, message) => {
    next = () => Response.json({ error: { message } }, { status })
    const received = await gateway.post(
      '/v1/chat/completions',
      { model: 'openai-compatible', messages },
      { 'x-sluice-retries': '1' },
    )
    expect(received.status).toBe(status)
  })
})

test('a pass-through request keeps status and body, and nothing is held against the endpoint', async () => {
  next = () => Response.json({ error: { message: IMAGE, code: 500 } }, { status: 500 })
  const received = await gateway.post('/open/v1/other', {})
  expect([received.status, await received.json()]).toEqual([500, { error: { message: IMAGE, code: 500 } }])
  expect((await statesOf('open')).map(([, failures]) => failures)).toEqual([0])
})

test('inside of a 200 too', async () => {
  next = () => Response.json({ error: { message: IMAGE, code: 500 } })
  expect([(await send('llamacpp')).status, asked()]).toEqual([400, 1])
})

test('as the first event of a stream too', async () => {
  next = () =>
    new Response(`data: ${JSON.stringify({ error: { message: IMAGE, code: 500 } })}\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    })
  expect([(await send('llamacpp', true)).status, asked()]).toEqual([400, 1])
})

describe('after a 501', () => {
  beforeEach(() => {
    next = () => Response.json({ error: { message: 'Not here.' } }, { status: 501 })
  })
  test('a server of another kind is asked, and no second one of the same kind', async () => {
    const before: number[] = []
    for (let time = 0; time < 6; time++) {
      expect((await send('mixed')).status).toBe(200)
      before.push(asked())
      one.calls.length = two.calls.length = 0
    }
    expect([...new Set(before)].toSorted()).toEqual([0, 1])
  })
  test('a fallback model is asked', async () => {
    expect((await send('with-fallback')).status).toBe(200)
    expect([asked(), other.calls.length]).toEqual([1, 1])
  })
})
