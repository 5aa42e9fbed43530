// What goes wrong, as the users of every official client see it: an error of their library's own kind, with the status by
// which it decides whether to ask again.
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
let strangers: Map<string, Client>
beforeAll(async () => {
  fleets = await Promise.all(UPSTREAMS.map(({ model }) => startFleet({ servers: 1, speed: 0, model })))
  const ill = { health: { enabled: false } }
  gateway = await startGateway({
    providers: Object.fromEntries(
      UPSTREAMS.map(({ name, provider }, at) => [name, Object.assign(provider(fleets[at]!.urls[0]!), ill)]),
    ),
    models: Object.fromEntries(
      UPSTREAMS.map(({ name, model }) => [name, { targets: [`${name}/${model}`], retries: 0, continueStreams: false }]),
    ),
  })
  const named = (key: string) => new Map(allClients({ url: gateway.url, key }).map((client) => [client.name, client]))
  clients = named(KEY)
  strangers = named('sk-nobody')
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

/** Anthropic's clients know an overload by a status of their own. */
const overloaded = (format: string) => (format === 'anthropic' ? 529 : 503)

const known = allClients({ url: 'http://127.0.0.1:1', key: 'k' }).filter(({ format }) => chatFormat(format))

describe.each(known.map((client) => [client.name, client] as const))('%s', (name, { format, lacks }) => {
  describe.each(['whole', 'stream'] as const)('%s', (how) => {
    test('with a key that is none', async () =>
      expect(await statusOf(strangers.get(name)!, UPSTREAMS[0]!.name, how)).toBe(401))

    test('for a model that is not there', async () => expect(await statusOf(clients.get(name)!, 'none', how)).toBe(404))

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

  const breaking = 'broken streams' in lacks ? [] : UPSTREAMS.map(({ name }, at) => [name, at] as const)
  test.each(breaking)('a stream of %s that breaks', async (model, at) => {
    await fleets[at]!.servers[0]!.faults.arm(parseFault('cut:1:100:after=4'))
    await expect(clients.get(name)!.send(ask(model), 'stream')).rejects.toThrow()
  })
})
