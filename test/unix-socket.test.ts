// The API on a Unix socket (`server.unix`).
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { chat, KEY, readEvents, startGateway, type TestGateway, textOfEvents } from './gateway.ts'
import { type ScriptedUpstream, startScriptedUpstream, stream } from './scripted.ts'

let folder: string
let path: string
let upstream: ScriptedUpstream
let gateway: TestGateway | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-unix-'))
  path = join(folder, 'api.sock')
  upstream = startScriptedUpstream(stream('yes'))
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  upstream?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const config = (more: object = {}) => ({
  server: { unix: path },
  providers: { up: { type: 'openai-compatible', baseUrl: `${upstream.url}/v1` } },
  models: { 'sim-1b': 'up/m' },
  ...more,
})

const ask = (more: object = {}) =>
  fetch('http://localhost/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('Hello', { stream: true, ...more })),
    unix: path,
  })

test('the API is on the socket, and the file disappears', async () => {
  gateway = await startGateway(config())
  expect(gateway.url).toBe(`unix:${path}`)
  expect(statSync(path).mode & 0o777).toBe(0o660)
  expect(textOfEvents(await readEvents(await ask()))).toBe('yes')
  expect((await fetch('http://localhost/health/readiness', { unix: path })).status).toBe(200)
  expect((await fetch(`${new URL(gateway.metricsUrl).origin}/health/readiness`)).status).toBe(200)
  await gateway.stop()
  gateway = undefined
  expect(existsSync(path)).toBe(false)
})

test.each(['0600', '0666'])('the mode %s', async (mode) => {
  gateway = await startGateway(config({ server: { unix: { path, mode } } }))
  expect(statSync(path).mode & 0o777).toBe(Number.parseInt(mode, 8))
})

test('a socket file of a killed process is replaced', async () => {
  const file = join(folder, 'sluice.yaml')
  writeFileSync(file, JSON.stringify(config()))
  const environment = { METRICS_PORT: '0', SLUICE_MASTER_KEY: KEY, SLUICE_CONFIG: file }
  const child = await startChild(['serve'], /Try it:[\s\S]*messages/, environment)
  expect(child.output()).toContain(`curl --unix-socket ${path} http://localhost/v1/chat/completions`)
  child.process.kill('SIGKILL')
  await child.process.exited
  expect(existsSync(path)).toBe(true)
  gateway = await startGateway(config())
  expect((await ask()).status).toBe(200)
})

test('a socket in use, another file and a missing folder are errors', async () => {
  gateway = await startGateway(config())
  expect(startGateway(config())).rejects.toThrow(`The socket ${path} is in use by another program.`)
  expect((await ask()).status).toBe(200)
  await gateway.stop()
  gateway = undefined
  writeFileSync(path, 'precious')
  expect(startGateway(config())).rejects.toThrow(`${path} exists and is not a socket.`)
  path = join(folder, 'none', 'api.sock')
  expect(startGateway(config())).rejects.toThrow(`Cannot open the socket ${path}: its folder does not exist.`)
})

test('another path needs a restart', async () => {
  gateway = await startGateway(config())
  gateway.write(config({ server: { unix: { path, mode: '0666' } } }))
  expect(await gateway.reload('admin')).toMatchObject({ ok: true, needsRestart: ['server.unix'] })
})
