// What a judged answer counts as: who is to blame when a connection breaks decides between bad luck and a lie.
import { expect, test } from 'bun:test'
import { expectedReply } from '../src/sim/expected.ts'
import type { CallKind, ChatCall } from './calls.ts'
import type { Outcome } from './client.ts'
import { boundsOf } from './report.ts'
import { type KindCounts, Tally } from './tally.ts'

const LOST_PORT = 7
const body = { model: 'sim-1b', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 3 }
const call = (kind: CallKind = 'whole'): ChatCall => ({
  id: '1',
  kind,
  path: '',
  body,
  leavesAfterMs: undefined,
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

function tallyOf(...records: readonly (readonly [Outcome, ChatCall?])[]): Tally {
  const tally = new Tally({ wasLost: (port) => port === LOST_PORT, sinceLastMs: () => 0 })
  for (const [outcome, asked = call()] of records) tally.record(asked, outcome)
  return tally
}

test.each<[string, Outcome, Partial<KindCounts>]>([
  ['a whole answer', complete, { exact: 1 }],
  ['an error', { ...complete, status: 502, body: ERROR }, { errors: 1 }],
  ['another text', { ...complete, body: EXACT.replace(answer!.text, 'x') }, { lies: 1 }],
  ['a connection broken by a killed worker', { ...broken, port: LOST_PORT }, { broken: 1 }],
  ['a connection broken by nobody', broken, { lies: 1 }],
  ['a client that left', { ...broken, ending: 'left' }, { left: 1 }],
])('%s', (_title, outcome, expected) => {
  const none = { exact: 0, errors: 0, broken: 0, left: 0, lies: 0 }
  expect(tallyOf([outcome]).total).toEqual({ calls: 1, ...none, ...expected })
})

test('who left, whose worker was killed, whose server was silent and whom nobody can help does not count against success', () => {
  const error = { ...complete, status: 502, body: ERROR }
  const harmless = [
    [complete],
    [{ ...broken, ending: 'left' }],
    [{ ...broken, port: LOST_PORT }],
    [error, call('tool stream')],
    [{ ...error, body: ERROR.replace('upstream_failed', 'upstream_total_timeout') }],
  ] as const
  expect(tallyOf(...harmless).successRate).toBe(1)
  expect(tallyOf(...harmless, [error]).successRate).toBe(0.5)
  expect(tallyOf(...harmless, [broken]).successRate).toBe(0.5)
})

test.each<[string, readonly (readonly [Outcome])[], number, readonly string[]]>([
  ['all is well', [[complete]], 0, []],
  ['one lie', [[complete], [broken]], 0, ['lies', 'calls that had to succeed and did']],
  ['one orphan', [[complete]], 1, ['orphans']],
])('what a run must keep: %s', (_title, records, orphans, missed) => {
  const tally = tallyOf(...records)
  const rest = { seconds: 1, disruptions: new Map(), undone: [], memory: [], continued: 0, restarts: 0, alarms: 0 }
  const bounds = boundsOf({ tally, orphans, ...rest })
  expect(bounds.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual([...missed])
})
