// A provider that repeats the key it was sent: no client reads it, and the log does not have it. Over sockets, for every
// API format of clients and upstreams, in every place where text of an upstream leaves.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { awsEventStreamMessage } from '../src/codecs/framing/aws-event-stream.ts'
import { startChild, urlIn } from './child.ts'
import { eventually, KEY as MASTER, startGateway, type TestGateway } from './gateway.ts'
import { startManualUpstream } from './manual-upstream.ts'
import { runs } from './runs.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted.ts'
import { chat as chunks, claude, converse, google } from './formats/translate.ts'

// Without a prefix that tells it from other text.
const KEY = 'q7Zt/4hW+9bNc2LxVd8'
const HEADER = 'tenant-credential-51'
const FORMATS = {
  chat: 'openai-compatible',
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gemini',
  cohere: 'cohere',
  ollama: 'ollama',
  bedrock: 'bedrock',
} as const
type Name = keyof typeof FORMATS
const NAMES = Object.keys(FORMATS) as Name[]

let upstream: ScriptedUpstream
let gateway: TestGateway
let next: () => Response
beforeAll(async () => {
  upstream = startScriptedUpstream(() => next())
  gateway = await startGateway({
    providers: Object.fromEntries(
      NAMES.map((name) => [
        name,
        {
          type: FORMATS[name],
          endpoints: [upstream.url],
          apiKey: KEY,
          headers: { 'x-tenant-token': HEADER },
          passthrough: true,
        },
      ]),
    ),
    models: Object.fromEntries(NAMES.map((name) => [name, { targets: [`${name}/m`], retries: 0 }])),
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
})

const messages = [{ role: 'user', content: 'Hi' }]
type Send = (model: string, stream: boolean) => Promise<Response>
const CLIENTS: readonly (readonly [string, Send])[] = [
  ['chat', (model, stream) => gateway.post('/v1/chat/completions', { model, stream, messages })],
  ['responses', (model, stream) => gateway.post('/v1/responses', { model, stream, input: 'Hi' })],
  ['anthropic', (model, stream) => gateway.post('/v1/messages', { model, stream, max_tokens: 99, messages })],
  [
    'gemini',
    (model, stream) =>
      gateway.post(`/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, {
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      }),
  ],
  ['ollama', (model, stream) => gateway.post('/api/chat', { model, stream, messages })],
  ['cohere', (model, stream) => gateway.post('/v2/chat', { model, stream, messages })],
  [
    'bedrock',
    (model, stream) =>
      gateway.post(`/model/${model}/converse${stream ? '-stream' : ''}`, {
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      }),
  ],
]

const TEXT = `call with key ${KEY} of ${HEADER} (${encodeURIComponent(KEY)}) failed`
const errorOf = (name: Name): object =>
  name === 'anthropic'
    ? { type: 'error', error: { type: 'api_error', message: TEXT } }
    : name === 'gemini'
      ? { error: { code: 500, message: TEXT, status: 'INTERNAL' } }
      : name === 'bedrock' || name === 'cohere'
        ? { message: TEXT }
        : name === 'ollama'
          ? { error: TEXT }
          : { error: { message: TEXT, type: `of ${KEY}`, param: HEADER, code: KEY } }

const sse = (events: readonly object[]) =>
  events
    .map((event) => `${'type' in event ? `event: ${String(event.type)}\n` : ''}data: ${JSON.stringify(event)}\n\n`)
    .join('')
const aws = (event: object, isError = false) =>
  Buffer.from(
    awsEventStreamMessage({ name: Object.keys(event)[0]!, data: JSON.stringify(Object.values(event)[0]), isError }),
  )

/** A stream that begins with text and goes on with an error. */
const brokenStream = (name: Name): Uint8Array => {
  const error = errorOf(name)
  switch (name) {
    case 'anthropic':
      return Buffer.from(sse([claude.start(), ...claude.text(0, 'So:'), error]))
    case 'gemini':
      return Buffer.from(sse([google.chunk([{ text: 'So:' }]), error]))
    case 'bedrock':
      return Buffer.concat([
        ...[converse.start, ...converse.text(0, 'So:')].map((event) => aws(event)),
        aws({ modelStreamErrorException: error }, true),
      ])
    case 'cohere':
      return Buffer.from(
        sse([
          { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } },
          { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'So:' } } } },
          { type: 'message-end', delta: { finish_reason: 'ERROR', error: TEXT } },
        ]),
      )
    case 'ollama':
      return Buffer.from(
        `${JSON.stringify({ model: 'm', message: { role: 'assistant', content: 'So:' }, done: false })}\n${JSON.stringify(error)}\n`,
      )
    default:
      return Buffer.from(sse([chunks.delta({ content: 'So:' }), { ...chunks.end('error'), ...error }]))
  }
}
const streamType = (name: Name) =>
  name === 'bedrock'
    ? 'application/vnd.amazon.eventstream'
    : name === 'ollama'
      ? 'application/x-ndjson'
      : 'text/event-stream'

const leaks = (text: string) =>
  [KEY, HEADER, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1)].filter((each) => text.includes(each))

async function expectClean(response: Response): Promise<string> {
  const text = Buffer.from(await response.arrayBuffer()).toString()
  expect(leaks(text)).toEqual([])
  expect(leaks([...response.headers.values()].join('\n'))).toEqual([])
  return text
}

describe.each(NAMES)('an upstream of type %s', (name) => {
  describe.each(CLIENTS)('to %s', (_client, send) => {
    test.each([400, 404, 422, 500])('an error with status %i', async (status) => {
      next = () =>
        new Response(JSON.stringify(errorOf(name)), {
          status,
          headers: { 'content-type': 'application/json', 'x-request-id': `req-${KEY.replaceAll(/\W/g, '')}-${HEADER}` },
        })
      expect(await expectClean(await send(name, false))).toContain('[redacted]')
    })

    test('an error inside a 200', async () => {
      next = () => Response.json({ ...errorOf(name), ...(name === 'bedrock' && { type: 'error' }) })
      await expectClean(await send(name, false))
    })

    test('an error event as the first event', async () => {
      const [, ...rest] = name === 'bedrock' ? [] : [0]
      next = () =>
        new Response(
          name === 'bedrock'
            ? aws({ internalServerException: errorOf(name) }, true)
            : name === 'ollama'
              ? `${JSON.stringify(errorOf(name))}\n`
              : sse([errorOf(name), ...(rest as object[])]),
          { headers: { 'content-type': streamType(name) } },
        )
      await expectClean(await send(name, true))
    })

    test('an error event later', async () => {
      next = () => new Response(brokenStream(name), { headers: { 'content-type': streamType(name) } })
      await expectClean(await send(name, true))
    })
  })

  test('a response to a pass-through request, with its headers', async () => {
    next = () =>
      new Response(`{"note":"${KEY}"}`, {
        status: 200,
        headers: { 'content-type': 'text/plain', etag: HEADER, 'x-request-id': HEADER },
      })
    expect(await expectClean(await gateway.post(`/${name}/v1/other`, { a: 1 }))).toContain('[redacted]')
    next = () => Response.json(errorOf(name), { status: 418 })
    expect(await expectClean(await gateway.post(`/${name}/v1/other`, { a: 1 }))).toContain('[redacted]')
  })
})

test('a whole response and its request id', async () => {
  const completion = {
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content: `I saw ${KEY}.` }, finish_reason: 'stop' }],
  }
  next = () => Response.json(completion, { headers: { 'x-request-id': HEADER } })
  for (const [, send] of CLIENTS) expect(await expectClean(await send('chat', false))).toContain('I saw [redacted].')
})

describe('however an error event is cut', () => {
  test('no part of the key is sent', async () => {
    const manual = await startManualUpstream()
    const own = await startGateway({
      providers: {
        p: { type: 'openai-compatible', baseUrl: manual.url, apiKey: KEY, headers: { 'x-tenant-token': HEADER } },
      },
      models: { p: { targets: ['p/m'], retries: 0 } },
    })
    const bytes = Buffer.from(
      sse([chunks.delta({ content: 'So:' }), { ...chunks.end('error'), error: { message: TEXT } }]),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }), async (sizes) => {
        const sent = own.post('/v1/chat/completions', { model: 'p', stream: true, messages })
        const exchange = await manual.next()
        exchange.beginStream()
        let at = 0
        for (const size of sizes) {
          if (at < bytes.length) exchange.write(bytes.subarray(at, at + size + 1))
          at += size + 1
          await Promise.resolve()
        }
        if (at < bytes.length) exchange.write(bytes.subarray(at))
        exchange.endStream()
        await expectClean(await sent)
      }),
      runs(30),
    )
    await own.stop()
    manual.stop()
  })
})

test('the log, the metrics and the admin pages do not have the key', async () => {
  const config = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'sluice.yaml')
  const provider = {
    type: 'openai-compatible',
    endpoints: [upstream.url],
    apiKey: KEY,
    headers: { 'x-tenant-token': HEADER },
  }
  writeFileSync(config, JSON.stringify({ providers: { p: provider }, models: { p: { targets: ['p/m'], retries: 0 } } }))
  const child = await startChild(['serve', '--config', config], /Try it:[\s\S]*messages/, {
    SERVER_HOST: '127.0.0.1',
    SERVER_PORT: '0',
    METRICS_PORT: '0',
    SLUICE_MASTER_KEY: MASTER,
  })
  const [url, metrics] = [/API +(http:\S+)/, /Metrics +(http:\S+)/].map((pattern) => urlIn(child.output(), pattern))
  const authorization = `Bearer ${MASTER}`
  const body = JSON.stringify({ model: 'p', messages })
  const headers = { authorization, 'content-type': 'application/json' }
  for (const status of [400, 401, 403, 404, 500, 429]) {
    next = () => Response.json(errorOf('chat'), { status })
    await expectClean(await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body }))
  }
  await expectClean(await fetch(`${url}/admin/endpoints`, { headers }))
  await expectClean(await fetch(metrics!))
  await eventually(() => child.output().includes('"upstream_rate_limited"'))
  child.process.kill()
  await child.process.exited
  expect(child.output()).toContain('[redacted]')
  expect(leaks(child.output())).toEqual([])
})
