// Every official client with no option but its base URL, against every kind of upstream: what the model said is what the
// client's user reads.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { expectedAnswers } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { allClients } from './clients/all.ts'
import { CELLS, type Cell } from './clients/asks.ts'
import { asChatBody, type Ask, type Client, type Outcome } from './clients/client.ts'
import { KEY, oneModel, startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
let clients: Map<string, Client>
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  gateway = await startGateway(oneModel(fleet.urls))
  clients = new Map(allClients({ url: gateway.url, key: KEY }).map((client) => [client.name, client]))
})
afterAll(async () => {
  await gateway.stop()
  fleet.stop()
})

/** What the simulated model answers; it is told in the words of Chat Completions. */
function expected(ask: Ask): Omit<Outcome, 'input'> {
  const { text, reasoning, calls, finishReason, completionTokens } = expectedAnswers(asChatBody(ask))[0]!
  return {
    text,
    reasoning,
    calls: calls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) as unknown })),
    finish: finishReason === 'tool_calls' ? 'tool-calls' : finishReason,
    output: completionTokens,
  }
}

const SPOKEN: ReadonlySet<string> = new Set(['openai-chat'])
const names = allClients({ url: 'http://127.0.0.1:1', key: 'k' }).filter(({ format }) => SPOKEN.has(format))

describe.each(names.map((client) => [client.name, client] as const))('%s', (name, { lacks }) => {
  const offered = CELLS.filter(({ feature }) => feature === undefined || !(feature in lacks))
  describe.each(['whole', 'stream'] as const)('%s', (how) => {
    test.each(offered.map((cell): [string, Cell] => [cell.title, cell]))('%s', async (_title, { ask }) => {
      const { input, ...outcome } = await clients.get(name)!.ask(ask, how)
      expect(outcome).toEqual(expected(ask))
      expect(input).toBeGreaterThan(0)
    })
  })
})
