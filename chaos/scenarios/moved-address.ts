// A server whose host name moves to another address while clients send requests.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startCluster } from '../../test/cluster.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, type Ended, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const NAME = 'moved.test'
const STREAMS = 50
const TOKENS = 20
const SPEED = 0.5
const ROUNDS = 4

const MAIN = resolve(import.meta.dir, '../../src/main.ts')

/** Needs Linux and the right to mount: the gateway sees a file of ours as /etc/hosts. */
export const movedAddress: Scenario = {
  title: `a server that moves to another address ${ROUNDS} times, ${STREAMS} streams after each move`,
  async run() {
    const first = await startSim('sim-1b', SPEED, { host: '127.0.0.2' })
    const { port } = new URL(first.url)
    const second = await startSim('sim-1b', SPEED, { host: '127.0.0.3', port })
    const hosts = join(mkdtempSync(join(tmpdir(), 'sluice-hosts-')), 'hosts')
    const moveTo = (...addresses: readonly string[]) =>
      writeFileSync(hosts, ['127.0.0.1 localhost', ...addresses.map((address) => `${address} ${NAME}`), ''].join('\n'))
    moveTo('127.0.0.2')
    second.kill()
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: [`http://${NAME}:${port}`], health: { enabled: false } } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'], retries: 4 } },
    }
    const inNamespace = ['unshare', '-m', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec "$@"`, 'sh']
    const cluster = await startCluster({ config, workers: 2, command: [...inNamespace, process.execPath, MAIN] })
    try {
      const ended: Ended[] = [...(await openStreams(cluster.url, STREAMS, TOKENS).ended)]
      const servers = [first, second]
      for (let round = 0; round < ROUNDS; round++) {
        const [leaving, arriving] = [servers[round % 2]!, servers[(round + 1) % 2]!]
        await arriving.restart()
        moveTo(new URL(arriving.url).hostname)
        leaving.kill()
        ended.push(...(await openStreams(cluster.url, STREAMS, TOKENS).ended))
      }
      // Two addresses, of which one refuses.
      moveTo('127.0.0.4', new URL(servers[ROUNDS % 2]!.url).hostname)
      ended.push(...(await openStreams(cluster.url, STREAMS, TOKENS).ended))
      const { exact, error, incomplete, wrong } = countVerdicts(ended)
      return {
        rows: [
          ['streams', ended.length],
          ['exact', exact],
          ['ended with an error', error],
          ['broken connections', incomplete],
          ['wrong responses', wrong],
        ],
        holds: exact === ended.length,
      }
    } finally {
      cluster.child.process.kill('SIGKILL')
      for (const server of [first, second]) server.kill()
    }
  },
}
