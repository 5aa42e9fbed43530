import { expect, test } from 'bun:test'
import { ConfigError } from './problem.ts'
import { createReloader } from './reload.ts'

const PROBLEM = { line: 1, column: 2, path: 'server.port', message: 'is wrong' }
const quiet = { info: () => {}, error: () => {} }

/** A reloader whose loads end when the test resolves them. */
function controlled() {
  const applied: string[] = []
  const loads: PromiseWithResolvers<string>[] = []
  let time = 100
  const reloader = createReloader({
    load: () => {
      const load = Promise.withResolvers<string>()
      loads.push(load)
      return load.promise
    },
    apply: (snapshot: string) => {
      if (snapshot === 'unfit') throw new Error('does not apply')
      applied.push(snapshot)
    },
    log: quiet,
    now: () => time++,
  })
  return { ...reloader, applied, loads }
}

const turn = () => Promise.resolve()

test('a valid file is applied and counted', async () => {
  const { reload, status, loads, applied } = controlled()
  expect(status()).toEqual({ version: 1, loadedAt: 100, lastError: undefined })
  const result = reload('file')
  await turn()
  loads[0]!.resolve('two')
  expect(await result).toEqual({ ok: true, version: 2 })
  expect(status()).toEqual({ version: 2, loadedAt: 101, lastError: undefined })
  expect(applied).toEqual(['two'])
})

test.each([
  [
    'an invalid file',
    () => new ConfigError('a.yaml', [PROBLEM]),
    { message: 'a.yaml:1:2  server.port: is wrong', problems: [PROBLEM] },
  ],
  ['any other failure', () => new Error('no memory'), { message: 'no memory', problems: [] }],
])('%s changes nothing, is shown in the status, and is cleared by the next valid file', async (_, error, expected) => {
  const { reload, status, loads, applied } = controlled()
  const failed = reload('signal')
  await turn()
  loads[0]!.reject(error())
  expect(await failed).toEqual({ ok: false, version: 1, error: { at: 101, ...expected } })
  expect(status()).toEqual({ version: 1, loadedAt: 100, lastError: { at: 101, ...expected } })
  expect(applied).toEqual([])

  const good = reload('signal')
  await turn()
  loads[1]!.resolve('two')
  await good
  expect(status().lastError).toBeUndefined()
})

test('a snapshot that cannot be applied is a failed reload', async () => {
  const { reload, loads } = controlled()
  const result = reload('admin')
  await turn()
  loads[0]!.resolve('unfit')
  expect(await result).toMatchObject({ ok: false, version: 1, error: { message: 'does not apply' } })
})

test('reloads run one after the other, and requests during a reload share the next one', async () => {
  const { reload, loads, applied } = controlled()
  const first = reload('file')
  await turn()
  const second = reload('signal')
  const third = reload('admin')
  await turn()
  expect(loads).toHaveLength(1)
  loads[0]!.resolve('two')
  await first
  await turn()
  expect(loads).toHaveLength(2)
  loads[1]!.resolve('three')
  expect([await second, await third]).toEqual([
    { ok: true, version: 3 },
    { ok: true, version: 3 },
  ])
  expect(applied).toEqual(['two', 'three'])
})
