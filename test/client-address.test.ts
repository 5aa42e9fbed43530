// The client's address in the log (`log.clientAddress`, `server.trustedProxies`).
import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Child, startChild, urlIn } from './child.ts'
import { eventually, KEY } from './gateway.ts'

let child: Child | undefined
afterEach(() => void child?.process.kill())

async function start(config: object, workers = '1'): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-address-')), 'sluice.yaml')
  writeFileSync(file, stringify(config))
  child = await startChild(['serve'], /chat\/completions/, {
    SERVER_HOST: '127.0.0.1',
    SERVER_PORT: '0',
    METRICS_PORT: '0',
    SERVER_WORKERS: workers,
    SLUICE_MASTER_KEY: KEY,
    SLUICE_CONFIG: file,
  })
  return urlIn(child.output(), /API +(\S+)/)
}

/** The log line of a request with this path. */
async function lineOf(url: string, path: string, id: string): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${KEY}`, 'x-forwarded-for': '6.6.6.6, 1.2.3.4', 'x-request-id': id }
  await fetch(url + path, { headers })
  const lines = () => child!.output().split('\n')
  await eventually(() => lines().some((line) => line.includes(`"requestId":"${id}"`)))
  return JSON.parse(lines().find((line) => line.includes(`"requestId":"${id}"`))!) as Record<string, unknown>
}

test.each([
  ['by default', {}, undefined],
  ['without a trusted proxy', { log: { clientAddress: true } }, '127.0.0.1'],
  ['with another proxy', { log: { clientAddress: true }, server: { trustedProxies: ['10.0.0.0/8'] } }, '127.0.0.1'],
  ['with this proxy', { log: { clientAddress: true }, server: { trustedProxies: ['private'] } }, '1.2.3.4'],
])('%s', async (_, config, address) => {
  const url = await start(config)
  expect((await lineOf(url, '/v1/models', 'id-1'))['clientAddress']).toBe(address)
  expect((await lineOf(url, '/v1/nowhere', 'id-2'))['clientAddress']).toBe(address)
})

test('workers know the address too', async () => {
  const url = await start({ log: { clientAddress: true }, server: { trustedProxies: ['127.0.0.1'] } }, '2')
  expect((await lineOf(url, '/v1/models', 'id-1'))['clientAddress']).toBe('1.2.3.4')
})
