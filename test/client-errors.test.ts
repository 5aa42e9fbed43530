// Errors as the users of every official client see them: an error of the library's own class, with the status by which it
// decides whether to retry.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { chatFormat } from '../src/formats/chat-formats.ts'
import { parseFault } from '../src/sim/faults/fault.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { allClients } from './clients/all.ts'
import type { ClientRequest, Client } from './clients/client.ts'
import { UPSTREAMS } from './clients/upstreams.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'

let fleets: Fleet[]
let gateway: TestGateway
let clients: Map<string, Client>
let clientsWithWrongKey: Map<string, Client>
beforeAll(async () => {
  fleets = await Promise.all(UPSTREAMS.map(({ model }) => startFleet({ servers: 1, speed: 0, model })))
  const unchecked = { health: { enabled: false } }
  gateway = await startGateway({
    providers: Object.fromEntries(
      UPSTREAMS.map(({ name, provider }, at) => [name, Object.assign(provider(fleets[at]!.urls[0]!), unchecked)]),
    ),
    models: Object.fromEntries(
      UPSTREAMS.map(({ name, model }) => [name, { targets: [`${name}/${model}`], retries: 0, continueStreams: false }]),
    ),
  })
  const named = (key: string) => new Map(allClients({ url: gateway.url, key }).map((client) => [client.name, client]))
  clients = named(KEY)
  clientsWithWrongKey = named('sk-unknown')
})
afterAll(async () => {
  await gateway?.stop()
  for (const fleet of fleets ?? []) fleet.stop()
})
beforeEach(() => {
  for (const { servers } of fleets) servers[0]!.faults.clear()
})

const ask = (model: string): ClientRequest => ({
  model,
  turns: [{ role: 'user', text: 'Tell me a long story.' }],
  maxTokens: 300,
})

async function statusOf(client: Client, model: string, how: 'whole' | 'stream'): Promise<number | undefined> {
  try {
    await client.send(ask(model), how)
  } catch (thrown) {
    return client.statusOf(thrown) ?? Number.NaN
  }
  return undefined
}

/** Anthropic's API has its own status for overload. */
const overloaded = (format: string) => (format === 'anthropic' ? 529 : 503)

const known = allClients({ url: 'http://127.0.0.1:1', key: 'k' }).filter(({ format }) => chatFormat(format))

describe.each(known.map((client) => [client.name, client] as const))('%s', (name, { format, lacks }) => {
  describe.each(['whole', 'stream'] as const)('mode %s', (how) => {
    test('an unknown key is 401', async () =>
      expect(await statusOf(clientsWithWrongKey.get(name)!, UPSTREAMS[0]!.name, how)).toBe(401))

    test('an unknown model is 404', async () => expect(await statusOf(clients.get(name)!, 'none', how)).toBe(404))

    describe.each(UPSTREAMS.map(({ name }, at) => [name, at] as const))('to %s', (model, at) => {
      test.each([
        ['status-429', 429],
        ['status-503', overloaded(format)],
        ['status-500', 500],
      ])('%s is %d', async (fault, status) => {
        await fleets[at]!.servers[0]!.faults.arm(parseFault(`${fault}:1:100:retryAfter=0`))
        expect(await statusOf(clients.get(name)!, model, how)).toBe(status)
      })
    })
  })

  const cutStreams = 'broken streams' in lacks ? [] : UPSTREAMS.map(({ name }, at) => [name, at] as const)
  test.each(cutStreams)('a stream of %s that is cut throws an error', async (model, at) => {
    await fleets[at]!.servers[0]!.faults.arm(parseFault('cut:1:100:after=4'))
    await expect(clients.get(name)!.send(ask(model), 'stream')).rejects.toThrow()
  })
})
