// Workers that have a core each (`server.workerAffinity`).
import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { allowedCores } from '../src/supervisor/pinning.ts'
import { type Cluster, isAlive, startCluster } from './cluster.ts'
import { eventually, series } from './gateway.ts'

const SOURCE = [process.execPath, resolve(import.meta.dir, '../src/main.ts')]
const statusOf = (path: string) => readFileSync(`/proc/${path}/status`, 'utf8')
const OWN = process.platform === 'linux' ? allowedCores(statusOf('self')) : []

let cluster: Cluster | undefined
afterEach(() => {
  cluster?.child.process.kill('SIGKILL')
  cluster = undefined
})

const start = async (workers: number, command?: readonly string[]): Promise<Cluster> => {
  cluster = await startCluster({ config: {}, workers, server: { workerAffinity: true }, ...(command && { command }) })
  return cluster
}

/** The cores of a process's threads, each list once. */
const coresOf = (pid: number) => [
  ...new Set(readdirSync(`/proc/${pid}/task`).map((thread) => allowedCores(statusOf(`${pid}/task/${thread}`)).join())),
]

const untilReady = ({ metrics }: Cluster, count: number) =>
  eventually(async () => series(await metrics(), 'sluice_workers{state="ready"}') === count)

describe.if(OWN.length >= 2)('two workers', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'have a core each, and after %s the new one has that of the old',
    async (signal) => {
      const { pids, ...rest } = await start(2)
      const before = new Map(pids().map((pid) => [pid, coresOf(pid)]))
      expect([...before.values()].toSorted()).toEqual([[`${OWN[0]}`], [`${OWN[1]}`]])
      expect(coresOf(rest.child.process.pid)).toEqual([OWN.join()])
      for (const [pid, cores] of before) {
        const known = new Set(pids())
        process.kill(pid, signal)
        await eventually(() => !isAlive(pid))
        await untilReady({ pids, ...rest }, 2)
        const replacement = pids().find((each) => !known.has(each))
        expect(coresOf(replacement!)).toEqual(cores)
      }
    },
  )

  test('do not start if Sluice itself may use one core only', async () => {
    const error = await start(2, ['taskset', '-c', String(OWN[1]), ...SOURCE]).catch(String)
    expect(error).toContain('may use 1 and server.workers is 2. Set server.workers to auto')
  })
})

test.if(process.platform === 'linux')('more workers than cores do not start', async () => {
  const error = await start(OWN.length + 1).catch(String)
  expect(error).toContain(`this process may use ${OWN.length} and server.workers is ${OWN.length + 1}`)
})

test.if(process.platform === 'linux')('without taskset there is no start', async () => {
  cluster = undefined
  const error = await startCluster({
    config: {},
    workers: 2,
    server: { workerAffinity: true },
    environment: { PATH: '/nowhere' },
  }).catch(String)
  expect(error).toContain('needs the program taskset, which is not in PATH')
})

test.if(OWN.length >= 2)('without the setting each worker may use every core', async () => {
  cluster = await startCluster({ config: {}, workers: 2 })
  expect(cluster.pids().flatMap(coresOf)).toEqual([OWN.join(), OWN.join()])
})
