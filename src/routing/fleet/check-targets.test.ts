import { expect, test } from 'bun:test'
import { eventually } from '../../../test/gateway.ts'
import { startBlackhole } from '../../../test/blackhole.ts'
import { snapshotFrom } from '../../../test/parts.ts'
import type { CheckOutcome } from '../../upstream/health-check.ts'
import { checkTargets, downReports, applyLivenessReport } from './check-targets.ts'
import { AttemptHealth } from './attempt-health.ts'

/** The candidates of one provider of this type. */
function candidatesOf(type: string, url: string, health: object = {}) {
  const config = { providers: { p: { type, endpoints: [url], health } }, models: { m: 'p/m' } }
  return snapshotFrom(config).table.find('m')!.model.pools.chat!.candidates
}
const urlsOf = (...args: Parameters<typeof candidatesOf>) =>
  checkTargets(candidatesOf(...args).map(({ endpoint }) => endpoint)).map(({ plan }) => plan.url)

test.each<[string, string, object, string[]]>([
  ['vllm', 'http://a:8000', {}, ['http://a:8000/health']],
  ['vllm', 'http://a:8000/v1', {}, ['http://a:8000/health']],
  ['vllm', 'http://a/one/v1', {}, ['http://a/one/health']],
  ['vllm', 'http://a', { enabled: false }, []],
  ['vllm', 'http://a', { path: '/ping' }, ['http://a/ping']],
  ['ollama', 'http://a', {}, ['http://a/api/version']],
  ['openai-compatible', 'http://a', {}, []],
  ['openai-compatible', 'http://a', { path: '/up' }, ['http://a/up']],
  ['openai', 'http://a', {}, []],
])('%s at %s with %j is checked at %j', (type, url, health, expected) =>
  expect(urlsOf(type, url, health)).toEqual(expected),
)

/** The state after two outcomes, with or without a successful call. */
function stateAfter(outcome: Partial<CheckOutcome>, answers: boolean): string {
  const [candidate] = candidatesOf('vllm', 'http://a')
  const [target] = checkTargets([candidate!.endpoint])
  const nowMs = performance.now()
  if (answers) new AttemptHealth(candidate!, 1, nowMs).completed(nowMs)
  for (let time = 0; time < 2; time++)
    target!.onOutcome({ result: 'miss', isLate: false, detail: 'x', startedMs: nowMs, ...outcome })
  return candidate!.endpoint.health.state(performance.now())
}

test.each([
  ['two misses', {}, false, 'down'],
  ['two misses although calls succeed', {}, true, 'down'],
  ['two late responses', { isLate: true }, false, 'down'],
  ['two late responses while calls succeed', { isLate: true }, true, 'ready'],
  ['no health page', { result: 'impossible' as const }, false, 'ready'],
])('%s', (_title, outcome, answers, expected) => expect(stateAfter(outcome, answers)).toBe(expected))

test.if(process.platform === 'linux').each([
  ['hit', false],
  ['impossible', false],
  ['miss', true],
] as const)(
  'after a check that is a %s, the address counts as unreachable for calls sent before: %p',
  async (result, expected) => {
    const blackhole = (await startBlackhole())!
    const { endpoint } = candidatesOf('vllm', blackhole.url)[0]!
    const startedMs = performance.now()
    checkTargets([endpoint])[0]!.onOutcome({ result, isLate: false, detail: 'x', startedMs })
    const isUnreachable = (nowMs: number) => endpoint.reachability!.isUnreachable(startedMs - 20_000, 400, nowMs)
    if (expected) await eventually(() => isUnreachable(performance.now()))
    else
      expect([0, 100, 400, 1e6].map((laterMs) => isUnreachable(startedMs + laterMs))).toEqual([
        false,
        false,
        false,
        false,
      ])
    blackhole.close()
  },
)

test('other processes apply the results, and so does a process that starts later', () => {
  const [here, elsewhere, late] = [1, 2, 3].map(() => candidatesOf('vllm', 'http://a')[0]!.endpoint)
  const state = (endpoint: typeof here) => endpoint!.health.state(performance.now())
  const [target] = checkTargets([here!], (report) => applyLivenessReport(elsewhere!, report, performance.now()))
  const outcome = (result: CheckOutcome['result']) =>
    target!.onOutcome({ result, isLate: false, detail: result, startedMs: performance.now() })
  const states = (['hit', 'miss', 'miss', 'hit', 'hit'] as const).map((result, at) => {
    outcome(result)
    if (at === 3)
      for (const report of downReports([here!], performance.now()))
        applyLivenessReport(late!, report, performance.now())
    return [state(here), state(elsewhere)].join()
  })
  expect(states).toEqual(['ready,ready', 'ready,ready', 'down,down', 'down,down', 'warming,warming'])
  expect(state(late)).toBe('down')
  expect(downReports([here!], performance.now())).toEqual([])
  expect(elsewhere!.health.last.reason).toBe('active check: hit')
})
