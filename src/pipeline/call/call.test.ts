import { describe, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import type { AttemptRecord } from './attempt-record.ts'
import { Call } from './call.ts'
import { upstreamMs, type Wait } from './upstream-time.ts'
import { Warnings } from './warnings.ts'

const snapshot = snapshotFrom({
  providers: { gpu: { type: 'vllm', baseUrl: 'http://gpu/v1' } },
  models: { m: 'gpu/m' },
})
const [candidate] = snapshot.table.find('m')!.model.pools.chat!.candidates

const attempt = (more: Partial<AttemptRecord>): AttemptRecord => ({
  role: 'first',
  candidate: candidate!,
  api: undefined,
  model: 'm',
  startedMs: 0,
  firstByteMs: undefined,
  firstEventMs: undefined,
  endedMs: undefined,
  warnings: new Warnings(),
  usage: undefined,
  error: undefined,
  isAnswer: false,
  ...more,
})

test.each(['span', 'principal', 'body', 'overrides', 'choice'] as const)(
  'reading the %s of a call before it is there is an internal error that names it',
  (part) => {
    const call = new Call(callFor(snapshot, {}).arrival)
    try {
      void call[part]
      throw new Error('nothing was thrown')
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError)
      expect(thrown).toMatchObject({ code: 'internal', cause: { message: expect.stringContaining(part) } })
    }
  },
)

describe('the attempt that a request is reported by', () => {
  const failed = attempt({ error: new GatewayError('upstream_reset', 'no') })
  const lost = attempt({ role: 'hedge', error: new GatewayError('hedge_lost', 'no') })
  const answers = attempt({ role: 'retry', isAnswer: true, firstEventMs: 5 })
  const resumed = attempt({ role: 'resume', isAnswer: true, firstEventMs: 9 })
  test.each<[string, AttemptRecord[], AttemptRecord | undefined]>([
    ['none without attempts', [], undefined],
    ['the last that failed', [failed, attempt({}), failed], failed],
    ['the one whose response is returned', [failed, answers], answers],
    ['not the one that lost a hedge, although it started later', [answers, lost], answers],
    ['the one that continued the stream', [answers, resumed], resumed],
    ['not the one that could not continue it', [answers, attempt({ role: 'resume' })], answers],
  ])('is %s', (_title, attempts, expected) => {
    const { attempts: log } = callFor(snapshot, {})
    for (const each of attempts) log.add(each)
    expect(log.answering).toBe(expected)
    expect(log.firstStreaming).toBe(attempts.find(({ firstEventMs }) => firstEventMs !== undefined))
    expect(log.continuations).toBe(attempts.filter((each) => each === resumed).length)
  })
})

describe('time spent waiting for upstreams', () => {
  const span = (startedMs: number, firstByteMs: number | undefined) => attempt({ startedMs, firstByteMs })
  test.each<[string, AttemptRecord[], Wait[], number]>([
    ['nothing was waited for', [], [], 0],
    ['an attempt that still waits does not count yet', [span(0, undefined)], [], 0],
    ['one attempt', [span(10, 25)], [], 15],
    ['one after the other', [span(0, 10), span(20, 25)], [], 15],
    ['attempts beside each other count once', [span(0, 30), span(10, 20)], [], 30],
    ['attempts that overlap count from the first start to the last end', [span(0, 20), span(10, 30)], [], 30],
    ['queueing counts', [span(50, 60)], [[0, 40]], 50],
    ['pauses between attempts count', [span(0, 10), span(30, 35)], [[10, 30]], 35],
  ])('%s', (_title, attempts, waits, expected) => expect(upstreamMs(attempts, waits)).toBe(expected))
})

describe('a request settles once', () => {
  test('with the first status, for all listeners in their order', () => {
    const { outcome } = callFor(snapshot, {})
    const seen: string[] = []
    outcome.onSettled((status) => seen.push(`a ${status}`))
    outcome.onSettled((status) => seen.push(`b ${status}`))
    outcome.settle(200)
    outcome.settle(499)
    expect(seen).toEqual(['a 200', 'b 200'])
  })

  test('with 499 when the client had left', () => {
    const { outcome } = callFor(snapshot, {})
    const seen: number[] = []
    outcome.onSettled((status) => seen.push(status))
    outcome.detach()
    outcome.settle(200)
    expect(seen).toEqual([499])
  })
})
