// The cost of admission for a request that need not wait, in nanoseconds: bun bench/micro/admission.ts
import { wakeWaiters } from '../../src/routing/admission/wake-waiters.ts'
import { pick } from '../../src/routing/pool.ts'
import { snapshotFrom } from '../../test/parts.ts'
import { nanosecondsPerCall } from './timing.ts'

const endpoints = ['http://10.0.0.1:8000', 'http://10.0.0.2:8000', 'http://10.0.0.3:8000']
const { table } = snapshotFrom({
  providers: { gpu: { type: 'vllm', endpoints, maxConcurrency: 64 } },
  models: { m: 'gpu/m' },
})
const pool = table.find('m')!.model.pools.chat!
const [candidate] = pool.candidates
const { endpoint } = candidate!
const view = { promptTokens: 100, nowMs: 1 }

const FULL = { type: 'full' } as const
const row = (title: string, run: () => unknown) =>
  console.log(`${title.padEnd(44)}${nanosecondsPerCall(run).toFixed(1).padStart(8)}`)

row('pick alone', () => pick(pool, [], view, Math.random))
row('pick, with the check of the queue', () => {
  const choose = () => pick(pool, [], view, Math.random)
  const picked = choose()
  return picked.type === 'picked' && pool.queue.size > 0 ? FULL : picked
})
row('wake waiters of an empty queue', () => wakeWaiters(endpoint, 1))
row('record an ended attempt in the workload', () =>
  pool.queue.workload.ended({ promptTokens: 100, maxOutput: 20 }, 100, 20),
)
