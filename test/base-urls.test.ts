// Base URLs that end in a slash or have a version too many, as clients are often configured.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { chat, KEY, oneModel, startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  gateway = await startGateway({ ...oneModel(fleet.urls), server: { basePath: '/llm' } })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

const CHAT = chat('Hello', { max_tokens: 2 })
const CLAUDE = { model: 'sim-1b', max_tokens: 2, messages: [{ role: 'user', content: 'Hello' }] }
const GEMINI = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] }

describe('is served', () => {
  test.each<[path: string, body: object]>([
    ['//v1/chat/completions', CHAT],
    ['///v1//chat/completions', CHAT],
    ['/v1//chat/completions', CHAT],
    ['/v1/chat/completions/', CHAT],
    ['/v1/v1/chat/completions', CHAT],
    ['/v1/v1/messages', CLAUDE],
    ['//v1/v1/messages', CLAUDE],
    ['/v1/v1beta/models/sim-1b:generateContent', GEMINI],
    ['/v1beta/v1beta/models/sim-1b:generateContent', GEMINI],
    ['/llm//v1/chat/completions', CHAT],
    ['//llm/v1/v1/messages', CLAUDE],
  ])('%s', async (path, body) => {
    expect((await gateway.post(path, body)).status).toBe(200)
  })

  test.each(['//health/readiness', '//v1/models', '/v1/v1/models', '//admin/endpoints', '/llm//health/readiness'])(
    '%s',
    async (path) => {
      expect((await gateway.get(path)).status).toBe(200)
    },
  )
})

test('a doubled slash is no way around the key', async () => {
  for (const path of ['//v1/models', '//admin/endpoints', '//admin/reload', '/v1/v1/models']) {
    const method = path.endsWith('reload') ? 'POST' : 'GET'
    expect((await fetch(gateway.url + path, { method })).status).toBe(401)
  }
})

describe('a path that nothing is at is explained in the format of its client:', () => {
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(gateway.url + path, { method: 'POST', headers, body: '{}' })
    return { status: response.status, body: (await response.json()) as never }
  }

  test("Anthropic's", async () => {
    const expected = {
      status: 404,
      body: {
        type: 'error',
        error: { type: 'not_found_error', message: expect.stringContaining('Use a base URL without /v1: ') },
      },
    }
    expect(await ask('/v1/nowhere', { 'anthropic-version': '2023-06-01', 'x-api-key': KEY })).toMatchObject(expected)
    expect(await ask('/v3/messages')).toMatchObject(expected)
  })

  test("Google's", async () => {
    const error = { code: 404, status: 'NOT_FOUND', message: expect.stringContaining('add /v1beta') }
    expect(await ask('/nowhere', { 'x-goog-api-key': KEY })).toMatchObject({ status: 404, body: { error } })
    expect(await ask('/v3/models/sim-1b:generateContent')).toMatchObject({ status: 404, body: { error } })
  })

  test("Ollama's", async () => {
    expect(await ask('/nowhere/api/chat')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('without /api') },
    })
  })

  test("Cohere's", async () => {
    const body = { id: expect.any(String), message: expect.stringContaining('a base URL without a version') }
    expect(await ask('/v1/chat')).toEqual({ status: 404, body } as never)
    expect(await ask('/nowhere', { 'x-fern-sdk-name': 'cohere' })).toEqual({ status: 404, body } as never)
  })

  test("OpenAI's", async () => {
    const error = {
      type: 'invalid_request_error',
      code: 'not_found',
      message: expect.stringContaining('ends in /v1; '),
    }
    expect(await ask('/v3/chat/completions')).toMatchObject({ status: 404, body: { error } })
  })

  test.each([
    ['/v1/chat/completions/chat/completions', 'it contains /chat/completions.'],
    ['/v1/messages/v1/messages', 'it contains /messages.'],
    ['/v1/embeddings/embeddings', 'it contains /embeddings.'],
  ])('%s names what is too much in the base URL', async (path, hint) => {
    expect(JSON.stringify(await ask(path))).toContain(`The base URL is too long: ${hint}`)
  })

  test('a wrong method', async () => {
    const response = await fetch(`${gateway.url}/v1/messages`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { message: expect.stringContaining('use POST') },
    })
  })
})
