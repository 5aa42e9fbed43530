// Every official client with no option but its base URL, against every kind of upstream: its user reads exactly what the
// model generated.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chatFormat } from '../src/formats/chat-formats.ts'
import { expectedAnswers } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { allClients } from './clients/all.ts'
import { CELLS, type Cell } from './clients/requests.ts'
import { asChatBody, type ClientRequest, type Client, type Outcome } from './clients/client.ts'
import { UPSTREAMS } from './clients/upstreams.ts'
import { KEY, startGateway, type TestGateway } from './gateway.ts'

let fleets: Fleet[]
let gateway: TestGateway
let clients: Map<string, Client>
beforeAll(async () => {
  fleets = await Promise.all(UPSTREAMS.map(({ model }) => startFleet({ servers: 1, speed: 0, model })))
  gateway = await startGateway({
    providers: Object.fromEntries(UPSTREAMS.map(({ name, provider }, at) => [name, provider(fleets[at]!.urls[0]!)])),
    models: Object.fromEntries(UPSTREAMS.map(({ name, model }) => [name, `${name}/${model}`])),
  })
  clients = new Map(allClients({ url: gateway.url, key: KEY }).map((client) => [client.name, client]))
})
afterAll(async () => {
  await gateway?.stop()
  for (const fleet of fleets ?? []) fleet.stop()
})

/** What the simulated model generates; the simulator computes it from the request in Chat Completions format. */
function expected(request: ClientRequest, { wrapsResult }: Client): Omit<Outcome, 'input' | 'cached'> {
  const turns = request.turns.map((turn) =>
    turn.role === 'result' && wrapsResult ? { ...turn, text: JSON.stringify(wrapsResult(turn.name, turn.text)) } : turn,
  )
  const { text, reasoning, calls, finishReason, completionTokens } = expectedAnswers(
    asChatBody({ ...request, turns }),
  )[0]!
  return {
    text,
    reasoning,
    calls: calls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) as unknown })),
    finish: finishReason === 'tool_calls' ? 'tool-calls' : finishReason,
    output: completionTokens,
  }
}

const known = allClients({ url: 'http://127.0.0.1:1', key: 'k' }).filter(({ format }) => chatFormat(format))

describe.each(known.map((client) => [client.name, client] as const))('%s', (name, { lacks: clientLacks }) => {
  describe.each(UPSTREAMS.map((upstream) => [upstream.name, upstream] as const))(
    'to %s',
    (target, { model, lacks }) => {
      const offered = CELLS.filter(({ feature }) => !feature || !(feature in clientLacks || feature in lacks))
      describe.each(['whole', 'stream'] as const)('mode %s', (how) => {
        test.each(offered.map((cell): [string, Cell] => [cell.title, cell]))(
          '%s',
          async (_title, { request, isRepeated }) => {
            const client = clients.get(name)!
            if (isRepeated) await client.send({ ...request, model: target }, how)
            const { input, cached, ...outcome } = await client.send({ ...request, model: target }, how)
            const { reasoning, output, ...rest } = expected({ ...request, model }, client)
            const isEndHidden = how === 'stream' && client.hidesStreamEnds === true
            const seen = isEndHidden ? { ...outcome, finish: rest.finish } : outcome
            // Libraries change the schema before they send it, and the simulated model then generates another text.
            if (request.schema)
              return expect(JSON.parse(outcome.text)).toEqual({ city: expect.any(String), days: expect.any(Number) })
            expect(seen).toMatchObject(rest)
            // Each library has its own unit for the reasoning budget: the length differs, the beginning does not.
            if (reasoning === '') expect(outcome).toMatchObject({ reasoning, output })
            else expect(outcome.reasoning.slice(0, 20)).toBe(reasoning.slice(0, 20))
            expect(input > 0).toBe(!isEndHidden)
            if (isRepeated) expect(cached > 0 && cached < input).toBe(!isEndHidden)
          },
        )
      })
    },
  )
})

describe.each(known.flatMap(({ name, count }) => (count ? [name] : [])))('%s counts the tokens of a prompt', (name) => {
  test.each(UPSTREAMS.map(({ name }) => name))('for %s', async (model) => {
    const count = (text: string) => clients.get(name)!.count!({ model, turns: [{ role: 'user', text }] })
    const [few, many] = await Promise.all([count('Hello.'), count('Hello to you. '.repeat(50))])
    expect(few).toBeGreaterThan(0)
    expect(many).toBeGreaterThan(few + 50)
  })
})
