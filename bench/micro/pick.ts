// The cost of choosing an endpoint on the path of every request, in nanoseconds: bun bench/micro/pick.ts
import { GatewayError } from '../../src/errors.ts'
import { type Candidate, EndpointRegistry } from '../../src/routing/endpoint.ts'
import { AttemptHealth } from '../../src/routing/fleet/attempt-health.ts'
import { policyNames } from '../../src/routing/config.ts'
import { pick } from '../../src/routing/pool.ts'
import { snapshotFrom } from '../../test/parts.ts'
import { nanosecondsPerCall } from './timing.ts'

const poolOf = (size: number, policy: string) => {
  const endpoints = Array.from({ length: size }, (_, index) => `http://10.0.0.${index + 1}:8000`)
  const config = { providers: { gpu: { type: 'vllm', endpoints } }, models: { m: { targets: ['gpu/m'], policy } } }
  return snapshotFrom(config, new EndpointRegistry()).table.find('m')!.model.pools.chat!
}

const NONE: readonly Candidate[] = []
const call = { promptTokens: 100, nowMs: 1 }
const failure = new GatewayError('upstream_failed', 'no')

for (const size of [3, 16])
  for (const policy of policyNames) {
    const pool = poolOf(size, policy)
    const allReady = nanosecondsPerCall(() => pick(pool, NONE, call, Math.random))
    const alone = nanosecondsPerCall(() => pool.policy(call, pool.candidates, Math.random))
    for (let index = 0; index < 5; index++) new AttemptHealth(pool.candidates[0]!, 1, 0).failed(failure, 1)
    const oneOpen = nanosecondsPerCall(() => pick(pool, NONE, call, Math.random))
    const row = [`${size} x ${policy}`.padEnd(20), ...[alone, allReady, oneOpen].map((ns) => ns.toFixed(0).padStart(8))]
    console.log(`${row.join('')}  policy alone, all ready, one open`)
  }

const candidate = poolOf(3, 'random').candidates[0]!
let nowMs = 0
const attempt = nanosecondsPerCall(() => {
  const health = new AttemptHealth(candidate, 100, ++nowMs)
  health.answered(nowMs)
  health.completed(nowMs)
})
console.log(`${'health of an attempt'.padEnd(20)}${attempt.toFixed(0).padStart(8)}`)
