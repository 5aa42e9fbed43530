import { expect, test } from 'bun:test'
import { snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { AttemptHealth } from './attempt-health.ts'

const candidateFor = (model = 'm') =>
  snapshotFrom({ providers: { gpu: { type: 'vllm', endpoints: ['http://a'] } }, models: { [model]: `gpu/${model}` } })
    .table.models[0]!.pools.chat!.candidates[0]!

const rejected = new GatewayError('upstream_rejected', 'no')
const failed = new GatewayError('upstream_failed', 'no')

test.each<[string, (attempt: AttemptHealth) => void, pendingTokens: number, failures: number]>([
  ['is pending', () => {}, 100, 0],
  ['is no longer pending at the first event', (attempt) => attempt.answered(1), 0, 0],
  [
    'is subtracted once, whatever follows',
    (attempt) => {
      attempt.answered(1)
      attempt.answered(2)
      attempt.completed(3)
    },
    0,
    0,
  ],
  ['is no longer pending when the attempt fails', (attempt) => attempt.failed(failed, 1), 0, 1],
  [
    'is no longer pending, and no failure counts, if the request was at fault',
    (attempt) => attempt.failed(rejected, 1),
    0,
    0,
  ],
])('a prompt %s', (_title, scenario, pendingTokens, failures) => {
  const candidate = candidateFor()
  scenario(new AttemptHealth(candidate, 100, 0))
  const { endpoint } = candidate
  expect([endpoint.pendingTokens, endpoint.failures, endpoint.picks]).toEqual([pendingTokens, failures, 1])
})

test.each([
  ['m', 'backing-off'],
  ['x/*', undefined],
] as const)('after a rate limit, a model configured as %s is %p', (model, expected) => {
  const candidate = candidateFor(model)
  new AttemptHealth(candidate, 1, 0).failed(new GatewayError('upstream_rate_limited', 'no'), 0)
  expect(candidate.modelHealth.state(0)).toBe(expected)
})
