import { expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { Call } from '../call/call.ts'
import { pause } from './pause.ts'

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { m: 'openai/m' } })

function callOf(client: AbortController): Call {
  const { signal } = client
  const request = new Request('http://gateway/v1/chat/completions', { method: 'POST', signal })
  return new Call({ ...callFor(snapshot, {}).arrival, client: request, payload: request, arrivedMs: 0 })
}

test('a pause counts as time spent waiting for upstreams', async () => {
  const call = callOf(new AbortController())
  await pause(call, 5)
  expect(call.durations(performance.now()).upstreamMs).toBeGreaterThanOrEqual(4)
})

test.each([
  ['during the pause', (client: AbortController) => void setImmediate(() => client.abort())],
  ['before the pause', (client: AbortController) => client.abort()],
])('a client that disconnects %s ends it', async (_title, leave) => {
  const client = new AbortController()
  const call = callOf(client)
  leave(client)
  await expect(pause(call, 3_600_000)).rejects.toMatchObject({ code: 'client_closed' })
})
