// Providers that keep responses themselves: which of them gets a request that refers to one, and in what form.
import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { KEY, startGateway } from './gateway.ts'

interface Sent {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
}

/** A server of the Responses API that keeps what it generates. */
function startKeeper(name: string) {
  const sent: Sent[] = []
  const broken = { status: 0 }
  let count = 0
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const text = await request.text()
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      sent.push({ method: request.method, path: pathname.replace('/v1', '') + search, body })
      if (broken.status !== 0) return Response.json({ error: { message: 'Broken.' } }, { status: broken.status })
      if (request.method === 'POST' && pathname.endsWith('/responses')) return answer(body)
      if (request.method === 'DELETE') return Response.json({ id: 'x', object: 'response', deleted: true })
      if (search.includes('stream=true')) return events(response('resp_kept', 'completed'))
      return Response.json({
        id: pathname.split('/')[3],
        object: 'response',
        status: 'completed',
        by: name,
        output: [],
      })
    },
  })
  function answer(body: Record<string, unknown>): Response {
    const id = `resp_${name}_${++count}`
    const whole = response(id, body['background'] === true ? 'queued' : 'completed')
    return body['stream'] === true ? events(whole) : Response.json(whole)
  }
  const response = (id: string, status: string) => ({
    id,
    object: 'response',
    created_at: 1,
    status,
    model: 'gpt-5.1',
    output:
      status === 'queued'
        ? []
        : [{ id: `rs_${id}`, type: 'reasoning', summary: [] }, message(`msg_${id}`, `${name} ${count}`)],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  })
  return { name, sent, broken, url: `http://127.0.0.1:${server.port}/v1`, stop: () => void server.stop(true) }
}

const message = (id: string, text: string) => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})

const events = (response: object) =>
  new Response(
    ['created', 'completed']
      .map((type) => `event: response.${type}\ndata: ${JSON.stringify({ type: `response.${type}`, response })}\n\n`)
      .join(''),
    { headers: { 'content-type': 'text/event-stream' } },
  )

const [one, two, plain] = [startKeeper('one'), startKeeper('two'), startKeeper('plain')]
const gateway = await startGateway({
  providers: {
    one: { type: 'openai', baseUrl: one.url, apiKey: 'k1' },
    two: { type: 'openai', baseUrl: two.url, apiKey: 'k2' },
    plain: { type: 'responses-compatible', baseUrl: plain.url },
  },
  models: {
    one: { targets: ['one/gpt-5.1'], retries: 0, fallbacks: ['plain'] },
    both: { targets: ['one/gpt-5.1', 'two/gpt-5.1'], retries: 1, policy: 'round_robin' },
    two: 'two/gpt-5.1',
    plain: 'plain/gpt-5.1',
  },
})
const servers = [one, two, plain]
afterAll(async () => {
  await gateway.stop()
  for (const server of servers) server.stop()
})
beforeEach(() => {
  for (const { sent, broken } of servers) {
    sent.length = 0
    broken.status = 0
  }
})

async function ask(model: string, more: object = {}) {
  const response = await gateway.post('/v1/responses', { model, input: [{ role: 'user', content: 'Hello.' }], ...more })
  const text = await response.text()
  const id = /"id":"(resp_\w+)"/.exec(text)?.[1] ?? ''
  return { status: response.status, text, id, by: id.split('_')[1] }
}

const lastOf = ({ sent }: { sent: readonly Sent[] }) => sent.at(-1)!

describe('a request that refers to a response', () => {
  test('goes to the endpoint that keeps it, as the client wrote it', async () => {
    for (let turn = 0; turn < 8; turn++) {
      const first = await ask('both')
      const next = await ask('both', { previous_response_id: first.id })
      expect(next.by).toBe(first.by)
      expect(lastOf(first.by === 'one' ? one : two).body).toMatchObject({
        previous_response_id: first.id,
        input: [{ role: 'user', content: 'Hello.' }],
      })
    }
  })

  test('also when it is a stream, and refers to items', async () => {
    const first = await ask('both', { stream: true })
    const input = [
      { type: 'item_reference', id: `msg_${first.id}` },
      { role: 'user', content: 'More.' },
    ]
    for (let turn = 0; turn < 4; turn++) expect((await ask('both', { input })).by).toBe(first.by)
    expect(lastOf(first.by === 'one' ? one : two).body['input']).toEqual(input)
  })

  test('has the items at another provider, without reasoning that only the first one can read', async () => {
    const first = await ask('one')
    expect((await ask('plain', { previous_response_id: first.id, input: 'More.' })).by).toBe('plain')
    const { input, previous_response_id: previous } = lastOf(plain).body
    expect(previous).toBeUndefined()
    expect(input).toEqual([
      { role: 'user', content: 'Hello.' },
      message(`msg_${first.id}`, expect.any(String) as never),
      { type: 'message', role: 'user', content: 'More.' },
    ])
  })

  test('has them too if the endpoint that keeps it fails', async () => {
    const first = await ask('one')
    one.broken.status = 500
    const next = await ask('one', { previous_response_id: first.id, input: 'More.' })
    expect([next.status, next.by]).toEqual([200, 'plain'])
    expect(lastOf(plain).body['input']).toHaveLength(3)
  })

  test('of a provider that keeps nothing has its items everywhere', async () => {
    const first = await ask('plain')
    const next = await ask('one', { previous_response_id: first.id, input: 'More.' })
    expect(next.by).toBe('one')
    expect(lastOf(one).body['input']).toHaveLength(4)
    expect(lastOf(one).body['previous_response_id']).toBeUndefined()
  })

  test('that Sluice does not know is left to a provider that keeps responses', async () => {
    expect((await ask('one', { previous_response_id: 'resp_older' })).status).toBe(200)
    expect(lastOf(one).body['previous_response_id']).toBe('resp_older')
    const refused = await ask('plain', { previous_response_id: 'resp_older' })
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('previous_response_not_found')])
    expect(plain.sent).toEqual([])
  })

  test('whose history only its provider knows cannot be continued elsewhere', async () => {
    const first = await ask('one', { previous_response_id: 'resp_older' })
    expect((await ask('one', { previous_response_id: first.id })).status).toBe(200)
    const refused = await ask('plain', { previous_response_id: first.id })
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('another provider')])
  })
})

describe('requests about a kept response are forwarded to the endpoint that has it:', () => {
  const send = (method: string, path: string) =>
    fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${KEY}` } })

  test.each([
    ['GET', '', '?include[]=x&key=secret', '?include%5B%5D=x'],
    ['GET', '/input_items', '?limit=2&order=asc', '?limit=2&order=asc'],
    ['POST', '/cancel', '', ''],
    ['GET', '', '?stream=true&starting_after=3', '?stream=true&starting_after=3'],
    ['HEAD', '', '', ''],
    ['DELETE', '', '', ''],
  ])('%s %s%s', async (method, part, query, expected) => {
    const { id } = await ask('two', { background: true })
    const response = await send(method, `/v1/responses/${id}${part}${query}`)
    expect(response.status).toBe(200)
    await response.text()
    expect(one.sent).toEqual([])
    expect(lastOf(two)).toMatchObject({
      method: method === 'HEAD' ? 'GET' : method,
      path: `/responses/${id}${part}${expected}`,
    })
    expect((await send('GET', `/v1/responses/${id}`)).status).toBe(method === 'DELETE' ? 404 : 200)
  })

  test('an error of the endpoint is returned, and the response stays', async () => {
    const { id } = await ask('two')
    two.broken.status = 404
    expect((await send('DELETE', `/v1/responses/${id}`)).status).toBe(404)
    two.broken.status = 0
    expect((await send('GET', `/v1/responses/${id}`)).status).toBe(200)
  })
})
