import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { parseFault } from '../faults/fault.ts'
import { type Fleet, startFleet } from '../fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet({ speed: 0 })
})
afterAll(() => fleet?.stop())

const user = { role: 'user', content: 'Hello.' }
const contents = [{ role: 'user', parts: [{ text: 'Hello.' }] }]

const ask = (path: string, body: unknown) =>
  fetch(fleet.urls[0] + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

const ASKS: [language: string, path: string, body: object, answer: object, error: object][] = [
  ['chat', '/v1/chat/completions', { messages: [user] }, { object: 'chat.completion' }, { error: { code: 429 } }],
  ['Responses', '/v1/responses', { input: 'Hello.' }, { object: 'response' }, { error: { type: 'rate_limit_error' } }],
  ['Anthropic', '/v1/messages', { max_tokens: 99, messages: [user] }, { type: 'message' }, { type: 'error' }],
  ['Gemini', '/v1beta/models/sim-1b:generateContent', { contents }, { candidates: [{}] }, { error: { code: 429 } }],
]

describe.each(ASKS)('in %s', (_language, path, body, answer, error) => {
  test('an answer', async () => {
    const response = await ask(path, body)
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining(Object.fromEntries(Object.keys(answer).map((key) => [key, expect.anything()]))),
    ])
  })

  test('a refusal of what is no JSON', async () => expect((await ask(path, '{')).status).toBe(400))

  test('an error that was asked for', async () => {
    await fleet.servers[0]!.faults.arm(parseFault('status-429:1:1'))
    const response = await ask(path, body)
    expect(response.status).toBe(429)
    expect(await response.json()).toMatchObject(error)
  })
})

test('a server of one language knows no other', async () => {
  const claude = await startFleet({ speed: 0, format: 'anthropic' })
  const statuses = await Promise.all(
    ASKS.map(([, path, body]) =>
      fetch(claude.urls[0] + path, { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status),
    ),
  )
  claude.stop()
  expect(statuses).toEqual([404, 404, 200, 404])
})
