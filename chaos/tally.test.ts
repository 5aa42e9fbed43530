// How each verdict is counted: a broken connection is allowed only if a killed worker held it.
import { expect, test } from 'bun:test'
import { expectedReply } from '../src/sim/expected.ts'
import type { RequestKind, ChaosRequest } from './requests.ts'
import type { Outcome } from './client.ts'
import { boundsOf } from './report.ts'
import { type KindCounts, Tally } from './tally.ts'

const KILLED_PORT = 7
const body = { model: 'sim-1b', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 3 }
const request = (kind: RequestKind = 'complete'): ChaosRequest => ({
  id: '1',
  kind,
  path: '',
  body,
  disconnectsAfterMs: undefined,
  pauseMs: 0,
})

const [answer] = expectedReply(body).answers
const usage = expectedReply(body).usage
const EXACT = JSON.stringify({
  id: 'x',
  choices: [{ index: 0, message: { content: answer!.text }, finish_reason: answer!.finishReason }],
  usage: {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
  },
})
const ERROR = '{"error":{"message":"No.","type":"t","code":"upstream_failed"}}'
const complete: Outcome = {
  status: 200,
  contentType: 'application/json',
  body: EXACT,
  isComplete: true,
  ending: 'complete',
  failure: '',
  port: 1,
  openedMs: 0,
  tookMs: 1,
}
const broken: Outcome = { ...complete, body: EXACT.slice(0, 9), isComplete: false, ending: 'broken', failure: 'reset' }

function tallyOf(...records: readonly (readonly [Outcome, ChaosRequest?])[]): Tally {
  const tally = new Tally({ wasKilled: (port) => port === KILLED_PORT, sinceLastKillMs: () => 0 })
  for (const [outcome, sent = request()] of records) tally.record(sent, outcome)
  return tally
}

test.each<[string, Outcome, Partial<KindCounts>]>([
  ['a complete response', complete, { exact: 1 }],
  ['an error', { ...complete, status: 502, body: ERROR }, { errors: 1 }],
  ['another text', { ...complete, body: EXACT.replace(answer!.text, 'x') }, { wrong: 1 }],
  ['a connection broken by a killed worker', { ...broken, port: KILLED_PORT }, { broken: 1 }],
  ['a broken connection without a killed worker', broken, { wrong: 1 }],
  ['a client that disconnected', { ...broken, ending: 'disconnected' }, { disconnected: 1 }],
])('%s', (_title, outcome, expected) => {
  const none = { exact: 0, errors: 0, broken: 0, disconnected: 0, wrong: 0 }
  expect(tallyOf([outcome]).total).toEqual({ requests: 1, ...none, ...expected })
})

test('disconnects, killed workers, silent servers and streams that cannot be continued do not lower the success rate', () => {
  const error = { ...complete, status: 502, body: ERROR }
  const harmless = [
    [complete],
    [{ ...broken, ending: 'disconnected' }],
    [{ ...broken, port: KILLED_PORT }],
    [error, request('tool stream')],
    [{ ...error, body: ERROR.replace('upstream_failed', 'upstream_total_timeout') }],
  ] as const
  expect(tallyOf(...harmless).successRate).toBe(1)
  expect(tallyOf(...harmless, [error]).successRate).toBe(0.5)
  expect(tallyOf(...harmless, [broken]).successRate).toBe(0.5)
})

test.each<[string, readonly (readonly [Outcome])[], number, readonly string[]]>([
  ['no fault', [[complete]], 0, []],
  ['one wrong response', [[complete], [broken]], 0, ['wrong responses', 'success rate']],
  ['one orphan', [[complete]], 1, ['orphans']],
])('the bounds of a run: %s', (_title, records, orphans, missed) => {
  const tally = tallyOf(...records)
  const rest = {
    seconds: 1,
    disruptions: new Map(),
    failedDisruptions: [],
    memory: [],
    continued: 0,
    restarts: 0,
    unhandledErrors: 0,
  }
  const bounds = boundsOf({ tally, orphans, ...rest })
  expect(bounds.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual([...missed])
})
