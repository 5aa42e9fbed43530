// A byte order mark before every text that an upstream sends: each client gets the same as without it.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { awsEventStreamFrames } from '../src/codecs/framing/aws-event-stream.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { UPSTREAMS } from './clients/upstreams.ts'
import { startGateway, type TestGateway } from './gateway.ts'

const MARK = '\uFEFF'
/** Frames of AWS are no text. */
const isText = (headers: Headers) => !headers.get('content-type')?.includes('amazon')

let isMarked = false
let fleets: Fleet[] = []
let fronts: Bun.Server<undefined>[] = []
let gateway: TestGateway
beforeAll(async () => {
  fleets = await Promise.all(UPSTREAMS.map(({ model }) => startFleet({ speed: 0, model })))
  fronts = fleets.map(({ urls }) => startFront(urls[0]!))
  const health = { enabled: false }
  gateway = await startGateway({
    providers: Object.fromEntries(
      UPSTREAMS.map(({ name, provider }, at) => [
        name,
        { ...provider(`http://127.0.0.1:${fronts[at]!.port}`), health },
      ]),
    ),
    models: Object.fromEntries(
      UPSTREAMS.map(({ name, model }) => [name, { targets: [`${name}/${model}`], retries: 0 }]),
    ),
  })
})
afterAll(async () => {
  await gateway?.stop()
  for (const front of fronts) void front.stop(true)
  for (const fleet of fleets) fleet.stop()
})

/** Forwards to a server, and puts a mark before what it responds. */
const startFront = (url: string) =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const body = new Uint8Array(await request.arrayBuffer())
      const { status, headers, ...rest } = await read(url + pathname + search, request, body)
      const marked = isMarked && isText(headers) ? Buffer.concat([Buffer.from(MARK), rest.bytes]) : rest.bytes
      return new Response(marked, { status, headers })
    },
  })

async function read(url: string, { method, headers: sent }: Request, body: Uint8Array<ArrayBuffer>) {
  const response = await fetch(url, { method, headers: sent, ...(method !== 'GET' && { body }) })
  const headers = new Headers({ 'content-type': response.headers.get('content-type') ?? '' })
  return { status: response.status, headers, bytes: await response.bytes() }
}

const messages = [{ role: 'user', content: 'Hello.' }]
type Send = (model: string, stream: boolean) => Promise<Response>
const CLIENTS: readonly (readonly [string, Send])[] = [
  ['openai-chat', (model, stream) => gateway.post('/v1/chat/completions', { model, stream, messages })],
  ['openai-completions', (model, stream) => gateway.post('/v1/completions', { model, stream, prompt: 'Hello.' })],
  ['openai-responses', (model, stream) => gateway.post('/v1/responses', { model, stream, input: 'Hello.' })],
  ['anthropic', (model, stream) => gateway.post('/v1/messages', { model, stream, max_tokens: 99, messages })],
  [
    'gemini',
    (model, stream) =>
      gateway.post(
        `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] },
      ),
  ],
  ['ollama', (model, stream) => gateway.post('/api/chat', { model, stream, messages })],
  [
    'bedrock',
    (model, stream) =>
      gateway.post(`/model/${encodeURIComponent(model)}/converse${stream ? '-stream' : ''}`, {
        messages: [{ role: 'user', content: [{ text: 'Hello.' }] }],
      }),
  ],
]

describe.each(UPSTREAMS.map(({ name }) => name))('an upstream of kind %s', (name) => {
  describe.each(CLIENTS)('to %s', (_client, send) => {
    test.each([false, true])('streamed: %p', async (stream) => {
      const [plain, marked] = [await textOf(send, stream, false), await textOf(send, stream, true)]
      expect(plain.status).toBe(200)
      expect(marked.text.startsWith(MARK)).toBe(false)
      expect(marked).toEqual(plain)
    })
  })

  async function textOf(send: Send, stream: boolean, withMark: boolean) {
    isMarked = withMark
    const response = await send(name, stream)
    const bytes = await response.bytes()
    const text = isText(response.headers) ? Buffer.from(bytes).toString() : dataOf(bytes)
    return { status: response.status, text: withoutChance(text) }
  }
})

const dataOf = (frames: Uint8Array): string =>
  awsEventStreamFrames()
    .push(frames)
    .map(({ name, data }) => `${name} ${data}`)
    .join('\n')

/** Ids and times differ from one response to the next. */
const withoutChance = (text: string): string =>
  text
    .replaceAll(
      /"(?:id|item_id|response_id|responseId|request_id|obfuscation|p|previous_response_id)":"[^"]*"/g,
      '"id"',
    )
    .replaceAll(/"(?:created|created_at|completed_at|\w+_duration|latencyMs)":(?:"[^"]*"|[\d.]+)/g, '"time"')
