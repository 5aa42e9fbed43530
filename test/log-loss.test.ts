// Standard output on a full disk: requests are served, and the lost lines are counted.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { startFleet } from '../src/sim/fleet.ts'
import { sendOnNewConnection, startCluster } from './cluster.ts'
import { chat, eventually, oneModel, series } from './gateway.ts'

const SOURCE = [process.execPath, resolve(import.meta.dir, '../src/main.ts')]
const REQUESTS = 20

test.if(existsSync('/dev/full')).each([1, 2])('with %p processes', async (workers) => {
  const fleet = await startFleet({ servers: 1, speed: 0 })
  const cluster = await startCluster({
    config: oneModel(fleet.urls),
    workers,
    environment: { LOG_LEVEL: 'info' },
    command: ['sh', '-c', 'exec "$@" > /dev/full', 'sh', ...SOURCE], // the text of the start is on standard error
  })
  try {
    const body = chat('Hello', { max_tokens: 1 })
    const sent = Array.from({ length: REQUESTS }, () => sendOnNewConnection(`${cluster.url}/v1/chat/completions`, body))
    for (const { answer } of sent) expect((await answer).status).toBe(200)
    const lost = async () => series(await cluster.metrics(), 'sluice_log_lines_dropped_total{reason="write_error"}')
    await eventually(async () => (await lost()) >= REQUESTS)
    expect(series(await cluster.metrics(), 'sluice_uncaught_exceptions_total')).toBe(0)
    cluster.child.process.kill('SIGTERM')
    expect(await cluster.child.process.exited).toBe(0)
  } finally {
    cluster.child.process.kill('SIGKILL')
    fleet.stop()
  }
})
