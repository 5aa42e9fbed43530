import { expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { Call } from '../call.ts'
import { pause } from './pause.ts'

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { m: 'openai/m' } })

function callOf(client: AbortController): Call {
  const request = new Request('http://gateway/v1/chat/completions', { method: 'POST', signal: client.signal })
  return new Call({ ...callFor(snapshot, {}), request, arrivedMs: 0, pathModel: undefined })
}

test('it is the time of the upstreams that is waited for', async () => {
  const call = callOf(new AbortController())
  await pause(call, 5)
  expect(call.upstreamMs).toBeGreaterThanOrEqual(4)
})

test.each([
  ['meanwhile', (client: AbortController) => void setImmediate(() => client.abort())],
  ['before', (client: AbortController) => client.abort()],
])('a client that leaves %s ends it', async (_title, leave) => {
  const client = new AbortController()
  const call = callOf(client)
  leave(client)
  await expect(pause(call, 3_600_000)).rejects.toMatchObject({ code: 'client_closed' })
})
