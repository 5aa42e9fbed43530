// The Responses API beside its main path, and the quirks of the providers that offer it.
import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { startGateway } from './gateway.ts'

interface Sent {
  readonly path: string
  readonly body: Record<string, unknown>
}

const sent: Sent[] = []
const USAGE = { input_tokens: 7, output_tokens: 1, total_tokens: 8 }
const ANSWERS: Readonly<Record<string, object>> = {
  compact: {
    id: 'resp_c',
    object: 'response.compaction',
    created_at: 1,
    output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: 'x' }],
    usage: USAGE,
  },
  input_tokens: { object: 'response.input_tokens', input_tokens: 7 },
  responses: {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output: [],
    usage: USAGE,
  },
}
let count = 0
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const path = new URL(request.url).pathname
    sent.push({ path, body: (await request.json()) as Record<string, unknown> })
    const answer = ANSWERS[path.split('/').at(-1)!] ?? { choices: [] }
    return Response.json('status' in answer ? { ...answer, id: `resp_${++count}` } : answer)
  },
})
const root = `http://127.0.0.1:${server.port}`
const provider = (more: object = {}) => ({ apiKey: 'k', baseUrl: `${root}/v1`, ...more })
const gateway = await startGateway({
  providers: {
    openai: provider(),
    azure: provider({ baseUrl: root }),
    anthropic: provider(),
    groq: provider(),
    openrouter: provider(),
    deepseek: provider(),
    xai: provider(),
  },
  models: {
    gpt: 'openai/gpt-5.1',
    cloud: 'azure/gpt-5.1',
    claude: 'anthropic/claude-sonnet-4-6',
    groq: 'groq/openai/gpt-oss-20b',
    openrouter: 'openrouter/x/y',
    deepseek: 'deepseek/deepseek-v4-flash',
    older: 'deepseek/deepseek-chat',
    grok: 'xai/grok-4',
  },
})
afterAll(async () => {
  await gateway.stop()
  await server.stop(true)
})
beforeEach(() => void (sent.length = 0))

async function post(path: string, body: object) {
  const response = await gateway.post(path, body)
  return {
    status: response.status,
    warnings: response.headers.get('x-sluice-warnings'),
    body: (await response.json()) as Record<string, unknown>,
  }
}

describe('/v1/responses/input_tokens', () => {
  const body = { instructions: 'Be brief.', input: 'How many tokens are these?' }

  test('is counted by a provider that offers it', async () => {
    const answer = await post('/v1/responses/input_tokens', { model: 'gpt', ...body })
    expect(answer).toEqual({ status: 200, warnings: null, body: ANSWERS['input_tokens']! as never })
    expect(sent).toEqual([{ path: '/v1/responses/input_tokens', body: { model: 'gpt-5.1', ...body } }])
  })

  test.each(['claude', 'cloud', 'groq'])('is estimated for %s', async (model) => {
    const answer = await post('/v1/responses/input_tokens', { model, ...body })
    expect(answer.body).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) })
    expect(answer.body['input_tokens']).toBeGreaterThan(5)
    expect(answer.warnings).toContain('estimated')
    expect(sent).toEqual([])
  })

  test('counts what the request refers to', async () => {
    const { body } = await post('/v1/responses', { model: 'groq', input: 'x'.repeat(4000) })
    const answer = await post('/v1/responses/input_tokens', {
      model: 'claude',
      previous_response_id: body['id'],
      input: 'y',
    })
    expect(answer.body['input_tokens']).toBeGreaterThan(500)
    expect(
      (await post('/v1/responses/input_tokens', { model: 'claude', previous_response_id: 'no', input: 'y' })).status,
    ).toBe(400)
  })
})

describe('/v1/responses/compact', () => {
  test.each([
    ['gpt', '/v1/responses/compact'],
    ['cloud', '/openai/v1/responses/compact'],
  ])('is forwarded for %s', async (model, path) => {
    const answer = await post('/v1/responses/compact', { model, input: [{ role: 'user', content: 'Hello.' }] })
    expect([answer.status, answer.body]).toEqual([200, ANSWERS['compact']! as never])
    expect(sent).toEqual([{ path, body: { model: 'gpt-5.1', input: [{ role: 'user', content: 'Hello.' }] } }])
  })

  test.each(['claude', 'groq', 'grok'])('is an error for %s that names the models that can', async (model) => {
    const { status, body } = await post('/v1/responses/compact', { model, input: 'Hello.' })
    expect([status, body['error']]).toEqual([
      400,
      {
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'model',
        message: `The model "${model}" cannot compact a conversation: its provider does not offer it. Models that can: "gpt", "cloud".`,
      },
    ])
  })
})

test.each<[string, string, object]>([
  ['{}', '/v1/responses/compact', {}],
  ['no input', '/v1/responses/input_tokens', { model: 'gpt' }],
  ['a number as input', '/v1/responses/input_tokens', { model: 'gpt', input: 7 }],
  ['an empty input', '/v1/responses/compact', { model: 'gpt', input: [] }],
  ['an unknown model', '/v1/responses/compact', { model: 'none', input: 'x' }],
])('%s at %s is rejected before anything is sent', async (_, path, body) => {
  const { status, body: answer } = await post(path, body)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect(answer['error']).toMatchObject({ type: 'invalid_request_error' })
  expect(sent).toEqual([])
})

describe('the Responses API of', () => {
  const full = {
    input: 'Hello.',
    store: true,
    include: ['reasoning.encrypted_content'],
    truncation: 'auto',
    prompt_cache_key: 'c',
  }
  const ask = (model: string, more: object = {}) => post('/v1/responses', { model, ...full, ...more })

  test('Groq keeps nothing and lacks some fields', async () => {
    const { warnings } = await ask('groq')
    expect(sent).toEqual([{ path: '/v1/responses', body: { model: 'openai/gpt-oss-20b', input: 'Hello.' } }])
    for (const field of ['include', 'truncation', 'prompt_cache_key'])
      expect(warnings).toContain(`${field} was removed`)
    expect(warnings).not.toContain('store')
  })

  test('OpenRouter keeps nothing', async () => {
    await ask('openrouter')
    const { store: _, ...rest } = full
    expect(sent).toEqual([{ path: '/v1/responses', body: { model: 'x/y', ...rest } }])
  })

  test('DeepSeek is beside its versioned path, and has its newer models only', async () => {
    await ask('deepseek')
    await ask('older')
    expect(sent.map(({ path }) => path)).toEqual(['/responses', '/v1/chat/completions'])
  })

  test('xAI keeps responses, and takes no instructions beside a reference', async () => {
    const { body } = await ask('grok')
    const reference = { previous_response_id: body['id'] }
    await ask('grok', reference)
    await ask('grok', { ...reference, instructions: 'Be brief.' })
    expect(
      sent.map(({ body: { previous_response_id: previous, input } }) => [previous, (input as unknown[]).length]),
    ).toEqual([
      [undefined, 6],
      [body['id'], 6],
      [undefined, 2],
    ])
  })
})
