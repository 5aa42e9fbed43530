// TLS of the API port (`server.tls`): certificates that change, client certificates, versions.
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { stringify } from 'yaml'
import { check } from '../src/cli/check.ts'
import { createCertificate } from './certificate.ts'
import { type Child, startChild, urlIn } from './child.ts'
import { chat, eventually, KEY, readEvents, series, startGateway, type TestGateway, textOfEvents } from './gateway.ts'
import { type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

const DAY_MS = 86_400_000
const authority = createCertificate({ names: ['authority'] })
const issued = (subject: string, more: object = {}) =>
  createCertificate({ names: ['localhost'], subject, issuer: authority, ...more })
const [first, second, client] = [issued('first'), issued('second'), issued('client')]
const stranger = createCertificate({ names: ['localhost'], subject: 'stranger' })

let folder: string
let upstream: ManualUpstream
let gateway: TestGateway | undefined
let child: Child | undefined
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
  upstream = await startManualUpstream()
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  child?.process.kill()
  child = undefined
})
afterAll(() => {
  upstream?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function use({ cert, key }: { readonly cert: string; readonly key: string }): void {
  writeFileSync(join(folder, 'tls.crt'), cert)
  writeFileSync(join(folder, 'tls.key'), key)
}

const config = (tls: object = {}) => ({
  server: { tls: { certificate: `file:${join(folder, 'tls.crt')}`, key: `file:${join(folder, 'tls.key')}`, ...tls } },
  providers: { up: { type: 'openai-compatible', baseUrl: upstream.url } },
  models: { 'sim-1b': 'up/m' },
})

async function start(tls: object = {}): Promise<void> {
  use(first)
  gateway = await startGateway(config(tls))
}

/** The subject of the certificate and the version of a new connection, or the code of the error. */
function handshake(url: string, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      servername: 'localhost',
      ca: authority.cert,
      ...options,
    })
    socket.once('secureConnect', () => socket.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    socket.once('data', () => {
      resolve(`${socket.getPeerCertificate().subject.CN} ${socket.getProtocol()}`)
      socket.destroy()
    })
    socket.once('error', () => resolve('refused'))
    socket.once('close', () => resolve('closed'))
  })
}

const post = (body: object, tls: object = {}) =>
  fetch(`${gateway!.url.replace('127.0.0.1', 'localhost')}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    tls: { ca: authority.cert, ...tls },
  })

const EVENT = (content: string, finish: string | null = null) =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":${JSON.stringify(finish)}}]}\n\n`

test('requests and streams run over TLS, the metrics port does not', async () => {
  await start()
  expect(gateway!.url).toStartWith('https://')
  const whole = post(chat('Hello'))
  ;(await upstream.next()).answer({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
  expect((await whole).status).toBe(200)
  expect(await fetch(gateway!.url.replace('https', 'http')).catch(() => 'refused')).toBe('refused')
  const metrics = await gateway!.metrics()
  const expiry = series(metrics, 'sluice_tls_certificate_expiry_timestamp_seconds')
  expect(Math.abs(expiry * 1000 - Date.now() - DAY_MS)).toBeLessThan(DAY_MS / 10)
})

test('a new certificate is used for new connections, while a stream of an old one goes on', async () => {
  await start()
  const response = post(chat('Hello', { stream: true }))
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(EVENT('one '))
  const events = readEvents(await response)
  expect(await handshake(gateway!.url)).toBe('first TLSv1.3')
  use(second)
  await eventually(async () => (await handshake(gateway!.url)) === 'second TLSv1.3')
  await Bun.sleep(500) // the old listener has closed its idle connections
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => handshake(gateway!.url))))).toEqual(
    new Set(['second TLSv1.3']),
  )
  exchange.write(EVENT('two'))
  exchange.write(`${EVENT('', 'stop')}data: [DONE]\n\n`)
  exchange.endStream()
  expect(textOfEvents(await events)).toBe('one two')
})

test('a certificate with a problem is not used', async () => {
  await start()
  writeFileSync(join(folder, 'tls.key'), second.key)
  const result = await gateway!.reload('admin')
  expect(result.ok).toBe(false)
  expect(await handshake(gateway!.url)).toBe('first TLSv1.3')
})

test('TLS that is turned off needs a restart', async () => {
  await start()
  gateway!.write({ ...config(), server: {} })
  expect(await gateway!.reload('admin')).toMatchObject({ ok: true, needsRestart: ['server.tls'] })
  expect(await handshake(gateway!.url)).toBe('first TLSv1.3')
})

test('the configured versions are offered', async () => {
  await start({ minVersion: 1.3 })
  expect(await handshake(gateway!.url, { maxVersion: 'TLSv1.2' })).not.toContain('first')
  expect(await handshake(gateway!.url)).toBe('first TLSv1.3')
  gateway!.write(config())
  await gateway!.reload('admin')
  await eventually(async () => (await handshake(gateway!.url, { maxVersion: 'TLSv1.2' })) === 'first TLSv1.2')
  expect(await handshake(gateway!.url, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).not.toContain('first')
})

test('with `clientCa` only clients with a certificate of it can connect', async () => {
  writeFileSync(join(folder, 'ca.crt'), authority.cert)
  await start({ clientCa: `file:${join(folder, 'ca.crt')}` })
  expect(await handshake(gateway!.url)).not.toContain('first')
  expect(await handshake(gateway!.url, stranger)).not.toContain('first')
  expect(await handshake(gateway!.url, { cert: client.cert, key: client.key })).toBe('first TLSv1.3')
  expect((await fetch(`${new URL(gateway!.metricsUrl).origin}/health/readiness`)).status).toBe(200)
})

test('a second gateway cannot share the port by mistake', async () => {
  await start()
  const environment = { SERVER_PORT: new URL(gateway!.url).port }
  expect(startGateway(config(), environment)).rejects.toThrow('is in use by another program')
})

test.each([
  [
    'expired',
    issued('old', { validFrom: new Date(Date.now() - 9 * DAY_MS), validUntil: new Date(Date.now() - DAY_MS) }),
    'expired on',
  ],
  ['that soon expires', first, 'expires on'],
  [
    'of the future',
    issued('new', { validFrom: new Date(Date.now() + 40 * DAY_MS), validUntil: new Date(Date.now() + 80 * DAY_MS) }),
    'is not valid before',
  ],
  ['that is good', issued('good', { validUntil: new Date(Date.now() + 80 * DAY_MS) }), undefined],
])('`sluice check` and the log warn of a certificate %s', async (_, certificate, warning) => {
  use(certificate)
  const file = join(folder, 'sluice.yaml')
  writeFileSync(file, stringify(config()))
  const { output, exitCode } = check({ config: file }, {}, false)
  expect(exitCode).toBe(0)
  if (warning === undefined) expect(output).not.toContain('Warning')
  else expect(output).toContain(`Warning: The certificate in server.tls ${warning}`)
})

test('each worker uses the new certificate', async () => {
  use(first)
  const file = join(folder, 'workers.yaml')
  writeFileSync(file, stringify(config()))
  child = await startChild(['serve'], /chat\/completions/, {
    SERVER_HOST: '127.0.0.1',
    SERVER_PORT: '0',
    METRICS_PORT: '0',
    SERVER_WORKERS: '2',
    SLUICE_MASTER_KEY: KEY,
    SLUICE_CONFIG: file,
  })
  const url = urlIn(child.output(), /API +(\S+)/)
  expect(await handshake(url)).toBe('first TLSv1.3')
  expect(child.output()).toContain('The certificate in server.tls expires on')
  use(second)
  child.process.kill('SIGHUP')
  const several = () => Promise.all(Array.from({ length: 30 }, () => handshake(url)))
  await eventually(async () => (await several()).every((each) => each === 'second TLSv1.3'))
})
