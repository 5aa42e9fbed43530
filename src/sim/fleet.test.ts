import { expect, test } from 'bun:test'
import { expectedText } from './expected.ts'
import { startFleet } from './fleet.ts'
import { profileOf } from './server-state.ts'

const body = { model: 'sim-3b', messages: [{ role: 'user', content: 'Who are you?' }] }

async function textFrom(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) })
  return ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
}

test('every server of a fleet returns the same text', async () => {
  const fleet = await startFleet({ model: 'sim-3b', servers: 3, speed: 0 })
  const texts = await Promise.all(fleet.urls.map(textFrom))
  fleet.stop()
  expect(texts).toEqual(Array.from({ length: 3 }, () => expectedText(body)))
  await expect(fetch(fleet.urls[1]!)).rejects.toThrow()
})

test('a fleet that cannot open all its ports opens none', async () => {
  const taken = await startFleet({ servers: 1 })
  const { port } = taken.servers[0]!
  await expect(startFleet({ servers: 2, port: port - 1 })).rejects.toThrow()
  await expect(fetch(`http://127.0.0.1:${port - 1}/health`)).rejects.toThrow()
  taken.stop()
})

test.each([
  ['sim-1b', '1b'],
  ['sim-3b', '3b'],
  ['meta-llama/Llama-3.1-8B-Instruct', '8b'],
  ['llama-70b', '70b'],
  ['llama-3.1b', '1b'],
  ['anything', '1b'],
])('the model %s has the profile %s', (model, profile) => {
  expect(profileOf(model)).toBe(profile as ReturnType<typeof profileOf>)
})
