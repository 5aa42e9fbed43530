import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { KEY, oneModel, startGateway, type TestGateway } from '../../test/gateway.ts'
import type { Finding } from '../doctor/examine.ts'
import { CLIENT_FORMATS } from '../doctor/client-formats.ts'
import { ALL_PROBES, BASIC_PROBES } from '../doctor/probe.ts'
import { parseFault } from '../sim/faults/fault.ts'
import { type Fleet, startFleet } from '../sim/fleet.ts'
import { doctor, type DoctorOptions } from './doctor.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  const [url] = fleet.urls
  gateway = await startGateway({
    providers: {
      gpu: { type: 'vllm', baseUrl: url },
      claude: { type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k', health: { enabled: false } },
      voyage: { baseUrl: `${url}/v1`, apiKey: 'k' },
    },
    models: {
      open: { targets: ['gpu/sim-1b'], retries: 0 },
      claude: { targets: ['claude/sim-1b'], retries: 0 },
      vectors: 'voyage/voyage-3',
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})
beforeEach(() => fleet.servers[0]!.faults.clear())

const run = (options: Partial<DoctorOptions>) => doctor({ model: [], ...options }, 'test', { SLUICE_MASTER_KEY: KEY })
const visit = (options: Partial<DoctorOptions>) => run({ url: gateway.url, ...options })
const findings = (output: string) => JSON.parse(output) as Finding[]

test('sends a few requests in every format to each model that the gateway lists', async () => {
  const { output, exitCode } = await visit({ json: true })
  expect(exitCode).toBe(0)
  expect(findings(output)).toHaveLength(3 * CLIENT_FORMATS.length * BASIC_PROBES.length)
  const unwell = findings(output).filter(({ verdict }) => verdict !== 'ok')
  expect([...new Set(unwell.map(({ model, verdict }) => `${model} ${verdict}`))]).toEqual(['vectors not offered'])
})

test('runs every probe if the cost is confirmed', async () => {
  const model = ['open']
  const refused = await visit({ full: true, model })
  expect(refused).toEqual({ exitCode: 2, output: expect.stringMatching(/^These would be 24 .* --yes/) })
  const { output, exitCode } = await visit({ full: true, yes: true, model, json: true })
  expect(exitCode).toBe(0)
  expect(findings(output)).toHaveLength(CLIENT_FORMATS.length * ALL_PROBES.length)
  expect(findings(output).filter(({ verdict }) => verdict !== 'ok')).toEqual([])
})

test('starts a gateway with a configuration file for the test', async () => {
  const { output, exitCode } = await run({ config: gateway.configFile, model: ['claude'] })
  expect(exitCode).toBe(0)
  expect(output).toContain('claude              text  stream\n  openai-chat       ok    ok')
  expect(output).toEndWith('8 ok, 0 odd, 0 not offered, 0 failed')
})

test('names keys of the configuration that were copied with quotes or with Bearer, and shows none of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))
  const config = join(folder, 'sluice.yaml')
  const provider = (apiKey: string) => `{ type: openai-compatible, baseUrl: ${fleet.urls[0]}/v1, apiKey: ${apiKey} }`
  writeFileSync(
    config,
    `providers: { one: ${provider(`'"sk-one"'`)}, two: ${provider('Bearer sk-two')} }\nmodels: { open: one/sim-1b, more: two/sim-1b }\n`,
  )
  const { output } = await run({ config, model: ['open'] })
  expect(output).toContain('Check: providers.one.apiKey begins and ends with quotes.')
  expect(output).toContain('Check: providers.two.apiKey begins with "Bearer ".')
  expect(output).not.toMatch(/sk-(one|two)/)
  rmSync(folder, { recursive: true })
})

test('the command exits when its own gateway has stopped, without waiting for the drain time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))
  const config = join(folder, 'sluice.yaml')
  const endpoints = JSON.stringify(fleet.urls)
  writeFileSync(
    config,
    `server: { drainTimeout: 1h }\nproviders: { gpu: { type: vllm, endpoints: ${endpoints} } }\nmodels: { open: gpu/sim-1b }\n`,
  )
  const command = [process.execPath, resolve(import.meta.dir, '../main.ts'), 'doctor', '-c', config]
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  try {
    const [output, status] = await Promise.all([child.stdout.text(), child.exited])
    expect(output).toEndWith('8 ok, 0 odd, 0 not offered, 0 failed\n')
    expect(status).toBe(0)
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('failures are reported', () => {
  test.each<[string, string]>([
    ['status-500:1', '500'],
    ['cut:1:100:after=2', 'before'],
    ['empty:1', '502'],
  ])('%s', async (fault, why) => {
    await fleet.servers[0]!.faults.arm(parseFault(fault))
    const { output, exitCode } = await visit({ model: ['claude'] })
    expect(exitCode).toBe(1)
    const remark = output.split('\n').find((line) => line.startsWith('FAILED: claude, openai-chat, stream: '))
    expect(remark).toContain(why)
  })

  test('what a model refuses is not offered', async () => {
    const refusing = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: refuse })
    const poor = await startGateway(oneModel([`http://127.0.0.1:${refusing.port}`], { retries: 0 }))
    const { output, exitCode } = await run({ url: poor.url, full: true, yes: true })
    await poor.stop()
    await refusing.stop(true)
    const lines = output.split('\n').filter((line) => line.startsWith('not offered: sim-1b, openai-chat, tool call: '))
    expect([lines.length, exitCode]).toEqual([1, 1]) // whose text is refused as well is ill
    expect(lines[0]).toContain('400: No tools here.')
  })

  const refuse = () => Response.json({ error: { message: 'No tools here.', type: 'x', code: null } }, { status: 400 })
})

describe('no request is sent', () => {
  test.each<[string, Partial<DoctorOptions>, string]>([
    ['for a model that does not exist', { model: ['opem'] }, 'Did you mean "open"?'],
    ['with an invalid key', { key: 'sk-none' }, 'key'],
    ['at an invalid address', { url: 'nowhere' }, 'is not a URL'],
    ['at an address where nothing listens', { url: 'http://127.0.0.1:9' }, 'sluice: '],
  ])('%s', async (_title, options, why) => {
    const { output, exitCode } = await visit(options)
    expect(exitCode).toBe(2)
    expect(output).toContain(why)
  })

  test('with an invalid configuration', async () => {
    const { output, exitCode } = await run({ config: '/nowhere/sluice.yaml' })
    expect(exitCode).toBe(2)
    expect(output).toContain('does not exist')
  })
})
