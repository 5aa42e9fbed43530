// The gateway as operators run it: as a process with start text, signals, and upstream servers that are killed.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OpenAI } from 'openai'
import { startChild, urlIn } from './child.ts'
import { chat, inBatches, oneModel, readEvents, startGateway, textOfEvents } from './gateway.ts'
import { expectedText } from '../src/sim/expected.ts'

const READY = /Try it:[\s\S]*messages/
const API = /API +(http:\S+)/
const METRICS = /Metrics +(http:\S+)/
const FREE_PORTS = { SERVER_HOST: '127.0.0.1', SERVER_PORT: '0', METRICS_PORT: '0' }

/** What a new user tries in the first minute. */
async function smoke(url: string, metricsUrl: string, apiKey: string): Promise<void> {
  const call = (path: string, body?: object) =>
    fetch(url + path, {
      headers: { authorization: `Bearer ${apiKey}` },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
  for (const [path, model] of [
    ['/v1/chat/completions', 'sim-1b'],
    ['/v1/1b/chat/completions', 'sim-1b'],
    ['/v1/3b/chat/completions', 'sim-3b'],
  ] as const) {
    const body = { ...chat('Hello', { max_tokens: 5 }), model }
    const answer = (await (await call(path, body)).json()) as OpenAI.ChatCompletion
    expect(answer.choices[0]!.message.content).toBe(expectedText(body))
    expect(textOfEvents(await readEvents(await call(path, { ...body, stream: true })))).toBe(expectedText(body))
  }
  expect(
    (
      await call('/v1/ab-test/chat/completions', { ...chat('Hi', { max_tokens: 2 }), model: 'auto', user: 'u' })
    ).headers.get('x-sluice-arm'),
  ).toMatch(/^sim-[13]b$/)
  expect(await (await call('/v1/models')).text()).toContain('sim-3b')
  expect((await fetch(`${url}/v1/models`)).status).toBe(401)
  expect(await (await fetch(metricsUrl)).text()).toContain('sluice_split_calls_total{split="/v1/ab-test"')
  for (const path of ['/health', '/health/liveness', '/health/liveliness', '/health/readiness'])
    expect((await fetch(url + path)).status).toBe(200)
}

test('without a file it creates a key, prints it once, stores only its hash, and serves two models', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sluice-data-'))
  const environment = { ...FREE_PORTS, SLUICE_DATA: data }
  const first = await startChild(['serve'], READY, environment)
  const key = urlIn(first.output(), /(sk-sluice-\S+)/)
  await smoke(urlIn(first.output(), API), urlIn(first.output(), METRICS), key)
  first.process.kill('SIGTERM')
  expect(await first.process.exited).toBe(0)
  expect(
    readdirSync(data)
      .map((file) => readFileSync(join(data, file), 'utf8'))
      .join(''),
  ).not.toContain(key)

  const second = await startChild(['serve'], READY, environment)
  expect(second.output()).not.toContain(key)
  expect(
    (await fetch(`${urlIn(second.output(), API)}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status,
  ).toBe(200)
  second.process.kill('SIGTERM')
  expect(await second.process.exited).toBe(0)
})

describe('the executable', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-build-')), 'sluice')
  beforeAll(async () => {
    const entries = ['main.ts', 'runtime/load-thread.ts'].map((name) => resolve(import.meta.dir, '../src', name))
    const build = Bun.spawn([
      process.execPath,
      'build',
      ...entries,
      '--compile',
      '--minify-syntax',
      '--minify-whitespace',
      '--outfile',
      file,
    ])
    expect(await build.exited).toBe(0)
  })

  test('serves the same as the source', async () => {
    const child = await startChild(['serve'], READY, { ...FREE_PORTS, SLUICE_MASTER_KEY: 'sk-x' }, [file])
    await smoke(urlIn(child.output(), API), urlIn(child.output(), METRICS), 'sk-x')
    child.process.kill('SIGTERM')
    expect(await child.process.exited).toBe(0)
  })
})

describe('three servers, one of them killed under load', () => {
  const servers: Awaited<ReturnType<typeof startChild>>[] = []
  beforeAll(async () => {
    const start = () => startChild(['sim', '--model', 'sim-1b', '--port', '0', '--speed', '2'], /http:\/\/127/)
    servers.push(...(await Promise.all([start(), start(), start()])))
  })
  afterAll(() => servers.forEach((server) => server.process.kill('SIGKILL')))

  test('no request for a complete response fails', async () => {
    const urls = servers.map((server) => urlIn(server.output(), /(http:\/\/127\.0\.0\.1:\d+)/))
    const gateway = await startGateway(oneModel(urls))
    const items = Array.from({ length: 300 }, (_, index) => index)
    const answers = await inBatches(items, async (index) => {
      if (index === 100) servers[0]!.process.kill('SIGKILL')
      const body = chat(`Question ${index}`, { max_tokens: 10 })
      const response = await gateway.post('/v1/chat/completions', body)
      const answer = (await response.json()) as OpenAI.ChatCompletion
      return answer.choices?.[0]?.message.content === expectedText(body)
        ? 'exact'
        : `${response.status} ${JSON.stringify(answer)}`
    })
    expect(answers.filter((answer) => answer !== 'exact')).toEqual([])
    await gateway.stop()
  })
})

test('on SIGTERM it finishes its streams and exits with 0', async () => {
  const sim = await startChild(['sim', '--model', 'sim-1b', '--port', '0', '--speed', '0.3'], /http:\/\/127/)
  const config = join(mkdtempSync(join(tmpdir(), 'sluice-term-')), 'sluice.yaml')
  await Bun.write(config, JSON.stringify(oneModel([urlIn(sim.output(), /(http:\/\/127\.0\.0\.1:\d+)/)])))
  const child = await startChild(['serve', '--config', config], READY, { ...FREE_PORTS, SLUICE_MASTER_KEY: 'sk-x' })
  const body = chat('Take your time', { max_tokens: 60 })
  const response = await fetch(`${urlIn(child.output(), API)}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-x' },
    body: JSON.stringify({ ...body, stream: true }),
  })
  child.process.kill('SIGTERM')
  expect(textOfEvents(await readEvents(response))).toBe(expectedText(body))
  expect(await child.process.exited).toBe(0)
  sim.process.kill()
})

test.each([
  ['an invalid file', 'models: {a: {targets: [nowhere/x]}}', {}, /sluice\.yaml:1:\d+ +models\.a\.targets/],
  ['a missing file', undefined, {}, /does not exist/],
  ['a port that is not a number', '{}', { SERVER_PORT: 'eighty' }, /SERVER_PORT/],
])('%s stops the start with a message', async (_title, text, environment, message) => {
  const config = join(mkdtempSync(join(tmpdir(), 'sluice-bad-')), 'sluice.yaml')
  if (text !== undefined) await Bun.write(config, text)
  const failed = startChild(['serve', '--config', config], READY, {
    ...FREE_PORTS,
    SLUICE_MASTER_KEY: 'sk-x',
    ...environment,
  })
  await expect(failed).rejects.toThrow(message)
})

test('a port that is taken stops the start with a message', async () => {
  const taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const failed = startChild(['serve'], READY, {
    ...FREE_PORTS,
    SERVER_PORT: String(taken.port),
    SLUICE_MASTER_KEY: 'sk-x',
  })
  await expect(failed).rejects.toThrow(`Port ${taken.port} is in use by another program`)
  await taken.stop(true)
})
