// The client's trace on its way to upstreams (`propagate`).
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chat, startGateway, type TestGateway } from './gateway.ts'

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const CLIENT = { traceparent: PARENT, tracestate: 'a=1', baggage: 'team=red,user=ann' }
const TRACE = { traceparent: PARENT, tracestate: 'a=1' }

let gateway: TestGateway
let upstream: ReturnType<typeof Bun.serve>
let seen: Headers
beforeAll(async () => {
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      if (request.method === 'POST') seen = request.headers
      return Response.json({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
    },
  })
  const baseUrl = `http://127.0.0.1:${upstream.port}/v1`
  const provider = (type: string, propagate?: unknown) => ({
    type,
    baseUrl,
    passthrough: true,
    ...(propagate !== undefined && { propagate }),
  })
  const providers = {
    own: provider('vllm'),
    closed: provider('vllm', false),
    hosted: provider('openai-compatible'),
    open: provider('openai-compatible', true),
    bags: provider('vllm', { baggage: ['team'] }),
    only: provider('openai-compatible', { baggage: ['team'] }),
  }
  const models = Object.fromEntries(Object.keys(providers).map((name) => [name, `${name}/m`]))
  gateway = await startGateway({ providers, models })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop(true)
})

const EXPECTED = {
  own: TRACE,
  closed: {},
  hosted: {},
  open: TRACE,
  bags: { ...TRACE, baggage: 'team=red' },
  only: { baggage: 'team=red' },
}

test.each(Object.entries(EXPECTED))('%s: in requests, streams and pass-through', async (name, expected) => {
  for (const [path, body] of [
    ['/v1/chat/completions', chat('Hello', { model: name })],
    ['/v1/messages', chat('Hello', { model: name, max_tokens: 5 })],
    [`/${name}/v1/anything`, {}],
  ] as const) {
    seen = new Headers()
    expect((await gateway.post(path, body, CLIENT)).status).toBe(200)
    const names = ['traceparent', 'tracestate', 'baggage']
    expect(Object.fromEntries(names.flatMap((each) => (seen.has(each) ? [[each, seen.get(each)]] : [])))).toEqual(
      expected,
    )
  }
})
