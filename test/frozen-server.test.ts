// A frozen server accepts connections and sends nothing: only its health page shows it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type SimProcess, startSim } from '../chaos/sim-server.ts'
import { expectedText } from '../src/sim/expected.ts'
import { chat, eventually, oneModel, readEvents, series, startGateway, textOfEvents } from './gateway.ts'

const HEALTH = { health: { interval: '100ms', timeout: '1s' } }

let servers: readonly SimProcess[]
beforeAll(async () => {
  servers = await Promise.all([startSim('sim-1b', 0.05), startSim('sim-1b', 0.05)])
})
afterAll(() => servers?.forEach((server) => server.kill()))

test.each([false, true])(
  'requests to a frozen server fail over to another one long before they time out (stream: %p)',
  async (stream) => {
    const gateway = await startGateway(
      oneModel(
        servers.map(({ url }) => url),
        { policy: 'round_robin' },
        HEALTH,
      ),
    )
    const bodies = Array.from({ length: 6 }, (_, at) => chat(`Question ${at}`, { stream, max_tokens: 20 }))
    const answers = Promise.all(
      bodies.map(async (body) => {
        const response = await gateway.post('/v1/chat/completions', body)
        if (stream) return textOfEvents(await readEvents(response))
        return ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content
      }),
    )
    await eventually(async () => (await servers[0]!.openCalls()).length > 0)
    servers[0]!.freeze()
    expect(await answers).toEqual(bodies.map((body) => expectedText(body)))
    expect(
      series(
        await gateway.metrics(),
        'llm_provider_errors_total{provider="gpu",model="sim-1b",code="upstream_unreachable"}',
      ),
    ).toBeGreaterThan(0)
    servers[0]!.thaw()
    await gateway.stop()
  },
)

test('without another server, Sluice waits for the late response', async () => {
  const [server] = servers
  const gateway = await startGateway(oneModel([server!.url], {}, HEALTH))
  const body = chat('Take your time', { max_tokens: 10 })
  const answer = gateway.post('/v1/chat/completions', body)
  await eventually(async () => (await server!.openCalls()).length > 0)
  server!.freeze()
  const isDown = async () => /sluice_endpoint_state\{[^}]*state="down"[^}]*\} 1/.test(await gateway.metrics())
  await eventually(isDown)
  server!.thaw()
  expect((await answer).status).toBe(200)
  await gateway.stop()
})
