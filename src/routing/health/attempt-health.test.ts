import { expect, test } from 'bun:test'
import { snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { AttemptHealth } from './attempt-health.ts'

const candidateFor = (model = 'm') =>
  snapshotFrom({ providers: { gpu: { type: 'vllm', endpoints: ['http://a'] } }, models: { [model]: `gpu/${model}` } })
    .table.models[0]!.pools.chat!.candidates[0]!

const rejected = new GatewayError('upstream_rejected', 'no')
const failed = new GatewayError('upstream_failed', 'no')

test.each<[string, (trial: AttemptHealth) => void, pendingTokens: number, failures: number]>([
  ['is pending', () => {}, 100, 0],
  ['is read when the answer begins', (trial) => trial.answered(1), 0, 0],
  [
    'is read once, whatever follows',
    (trial) => {
      trial.answered(1)
      trial.answered(2)
      trial.completed(3)
    },
    0,
    0,
  ],
  ['is forgotten when the attempt fails', (trial) => trial.failed(failed, 1), 0, 1],
  ['is no failure when the call is at fault', (trial) => trial.failed(rejected, 1), 0, 0],
])('a prompt %s', (_title, story, pendingTokens, failures) => {
  const candidate = candidateFor()
  story(new AttemptHealth(candidate, 100, 0))
  const { endpoint } = candidate
  expect([endpoint.pendingTokens, endpoint.failures, endpoint.picks]).toEqual([pendingTokens, failures, 1])
})

test.each([
  ['m', 'backing-off'],
  ['x/*', undefined],
] as const)('the limit of a model configured as %s is remembered: %p', (model, expected) => {
  const candidate = candidateFor(model)
  new AttemptHealth(candidate, 1, 0).failed(new GatewayError('upstream_rate_limited', 'no'), 0)
  expect(candidate.modelHealth.state(0)).toBe(expected)
})
