// Anthropic's tool runner asks for a message thread: where no provider keeps one, it sends the whole conversation.
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ speed: 0 })
  const [url] = fleet.urls
  const health = { enabled: false }
  gateway = await startGateway({
    providers: {
      vllm: { type: 'vllm', baseUrl: url, health },
      anthropic: { type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k', health },
      gemini: { type: 'gemini', baseUrl: `${url}/v1beta`, apiKey: 'k', health },
      responses: { type: 'responses-compatible', baseUrl: `${url}/v1`, health },
    },
    models: {
      vllm: 'vllm/sim-1b',
      anthropic: 'anthropic/sim-1b',
      gemini: 'gemini/sim-1b',
      responses: 'responses/sim-1b',
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

test.each([
  ['vllm', false],
  ['vllm', true],
  ['anthropic', false],
  ['anthropic', true],
  ['gemini', false],
  ['responses', true],
])('the tool runner finishes at %s, streamed: %p', async (model, stream) => {
  const client = new Anthropic({ apiKey: KEY, baseURL: gateway.url, maxRetries: 0 })
  const inputs: unknown[] = []
  const runner = client.beta.messages.toolRunner({
    model,
    max_tokens: 200,
    stream,
    messages: [{ role: 'user', content: 'Use look_up now.' }],
    tools: [
      {
        name: 'look_up',
        description: 'Looks something up.',
        input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
        parse: (input: unknown) => input,
        run: (input: unknown) => {
          inputs.push(input)
          return 'It was found.'
        },
      },
    ],
  } as Parameters<typeof client.beta.messages.toolRunner>[0])
  const last = await runner.runUntilDone()
  expect(inputs).toEqual([expect.objectContaining({ query: expect.any(String) })])
  expect(last.stop_reason).toBe('end_turn')
  expect(last.content).toEqual([expect.objectContaining({ type: 'text' })])
})
