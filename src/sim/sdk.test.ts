// The simulated server, tested with the OpenAI SDK.
import { afterAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { expectedAnswers, expectedText } from './expected.ts'
import { createSimServer } from './server.ts'

const server = await createSimServer({ speed: 0 })
afterAll(() => server.stop())
const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = ['get_weather', 'find_hotel'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters },
}))
const bodyOf = (content: string) => ({ model: 'sim-1b', messages: [{ role: 'user' as const, content }] })

test('a stream of parallel tool calls has fragments that fold to the whole response', async () => {
  const body = { ...bodyOf('get_weather and find_hotel'), tools }
  const stream = client.chat.completions.stream(body)
  let fragments = 0
  for await (const chunk of stream) fragments += chunk.choices[0]?.delta.tool_calls?.length ?? 0
  const folded = (await stream.finalChatCompletion()).choices[0]!
  const whole = (await client.chat.completions.create(body)).choices[0]!
  const calls = (choice: typeof whole) =>
    choice.message.tool_calls!.map((call) =>
      call.type === 'function' ? [call.function.name, call.function.arguments] : [],
    )
  expect(calls(folded)).toEqual(expectedAnswers(body)[0]!.calls.map((call) => [call.name, call.arguments]))
  expect(calls(whole)).toEqual(calls(folded))
  expect([folded.finish_reason, whole.finish_reason, whole.message.content]).toEqual(['tool_calls', 'tool_calls', null])
  expect(fragments).toBeGreaterThan(8)
  expect(new Set(folded.message.tool_calls!.map(({ id }) => id)).size).toBe(2)
})

test('a stream of text, its usage, and a continued conversation', async () => {
  const body = bodyOf('Hello')
  const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } })
  const first = await stream.finalChatCompletion()
  expect(first.choices[0]!.message.content).toBe(expectedText(body))
  expect(first.usage!.completion_tokens).toBe(expectedAnswers(body)[0]!.completionTokens)
  const messages = [
    ...body.messages,
    { role: 'assistant' as const, content: expectedText(body) },
    ...bodyOf('More.').messages,
  ]
  const second = await client.chat.completions.create({ ...body, messages })
  expect(second.choices[0]!.message.content).toBe(expectedText({ ...body, messages }))
})

test('embeddings, models and errors', async () => {
  const { data } = await client.embeddings.create({ model: 'sim-1b', input: 'x', dimensions: 8 })
  expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 5)
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['sim-1b'])
  const refused = await client.chat.completions
    .create({ ...bodyOf('x'), model: 'other' })
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OpenAI.NotFoundError)
})
