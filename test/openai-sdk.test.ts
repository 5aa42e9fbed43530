// The official OpenAI client with no option but its base URL.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { AzureOpenAI, OpenAI } from 'openai'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, oneModel, startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
let openai: OpenAI
beforeAll(async () => {
  fleet = await startFleet({ servers: 2, speed: 0 })
  gateway = await startGateway({ ...oneModel(fleet.urls), routes: { '/v1/1b': 'sim-1b' } })
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

const model = 'sim-1b'
const messages = [{ role: 'user' as const, content: 'What is the weather in Paris?' }]
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

test('a chat completion works', async () => {
  const { data, request_id } = await openai.chat.completions.create({ model, messages }).withResponse()
  expect(data.choices[0]!.message.content).toBe(expectedText({ model, messages }))
  expect(data.usage!.total_tokens).toBe(data.usage!.prompt_tokens + data.usage!.completion_tokens)
  expect(request_id).toBeString()
})

test('a stream works by iteration and by helper', async () => {
  let text = ''
  for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true }))
    text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toBe(expectedText({ model, messages }))
  const helped = await openai.chat.completions
    .stream({ model, messages, stream_options: { include_usage: true } })
    .finalChatCompletion()
  expect(helped.choices[0]!.message.content).toBe(text)
  expect(helped.usage!.completion_tokens).toBeGreaterThan(0)
})

test('a required tool call works, complete and streamed', async () => {
  const request = { model, messages, tools: [weather], tool_choice: 'required' as const }
  const whole = await openai.chat.completions.create(request)
  const call = whole.choices[0]!.message.tool_calls![0]!
  expect(whole.choices[0]!.finish_reason).toBe('tool_calls')
  expect(call.type === 'function' && typeof JSON.parse(call.function.arguments).city).toBe('string')
  const streamed = await openai.chat.completions.stream(request).finalChatCompletion()
  expect(streamed.choices[0]!.message.tool_calls![0]).toMatchObject({
    type: 'function',
    function: { name: 'get_weather' },
  })
})

test('runTools sends tool results until the model returns text', async () => {
  const runner = openai.chat.completions.runTools({
    model,
    messages: [{ role: 'user', content: 'Please call get_weather for Paris.' }],
    tools: [
      {
        ...weather,
        function: {
          ...weather.function,
          parse: JSON.parse,
          function: ({ city }: { city: string }) => `Sunny in ${city}`,
        },
      },
    ],
  })
  expect(await runner.finalContent()).toBeString()
  expect(runner.messages.some(({ role }) => role === 'tool')).toBe(true)
})

test('parse returns structured output', async () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer', minimum: 0 },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
    },
    required: ['name', 'age', 'tags'],
    additionalProperties: false,
  }
  const parsed = await openai.chat.completions.parse({
    model,
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema } },
  })
  const person = parsed.choices[0]!.message.parsed as unknown as { name: string; age: number; tags: string[] }
  expect(person).toEqual({ name: expect.any(String), age: expect.any(Number), tags: expect.any(Array) })
})

test('embeddings work, which the client requests in base64', async () => {
  const { data, usage } = await openai.embeddings.create({ model, input: ['one', 'two'] })
  expect(data).toHaveLength(2)
  expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 3)
  expect(usage.prompt_tokens).toBeGreaterThan(0)
})

test('models are listed and retrieved', async () => {
  const ids = (await Array.fromAsync(openai.models.list())).map(({ id }) => id)
  expect(ids).toEqual([model])
  expect((await openai.models.retrieve(model)).id).toBe(model)
})

test('a route prefix works as base URL', async () => {
  const bound = new OpenAI({ baseURL: `${gateway.url}/v1/1b`, apiKey: KEY })
  expect((await bound.chat.completions.create({ model: 'auto', messages })).model).toBe(model)
})

test('the Azure client works', async () => {
  const azure = new AzureOpenAI({ endpoint: gateway.url, apiKey: KEY, apiVersion: '2024-10-21', deployment: model })
  expect((await azure.chat.completions.create({ model, messages })).choices[0]!.message.content).toBe(
    expectedText({ model, messages }),
  )
})

test.each([
  ['a wrong key', { apiKey: 'wrong' }, { model }, OpenAI.AuthenticationError],
  ['an unknown model', {}, { model: 'nope' }, OpenAI.NotFoundError],
  ['a bad request', {}, { model, n: -1 }, OpenAI.BadRequestError],
])("%s throws the client's error class", async (_title, options, body, errorClass) => {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, ...options })
  const call = async () => await client.chat.completions.create({ messages, ...body })
  await expect(call()).rejects.toThrow(errorClass)
})
