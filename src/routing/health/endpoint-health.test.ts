import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ErrorCode, errorCodes, GatewayError } from '../../errors.ts'
import { createRandom } from '../../sim/engine/random.ts'
import { EndpointHealth } from './endpoint-health.ts'
import type { HealthChange } from './state.ts'
import { runs } from '../../../test/runs.ts'

function create(random = () => 0.5) {
  const changes: HealthChange[] = []
  const health = new EndpointHealth({ random, onChange: (change) => changes.push(change) })
  return { health, model: health.model('m'), changes }
}
type Subject = ReturnType<typeof create>

/** An attempt from `startedMs` to `nowMs`; `end` is the error's code, or undefined for a success. */
function attempt({ health, model }: Subject, end: ErrorCode | undefined, nowMs: number, fields: Partial<Facts> = {}) {
  const { startedMs = nowMs, hasBegun = false, status, retryAfterMs } = fields
  const facts = { startedMs, model, hasBegun }
  health.began(startedMs)
  if (hasBegun) health.answered(facts, nowMs)
  if (end === undefined) return health.completed(facts, nowMs)
  const details = { ...(status && { status }), ...(retryAfterMs !== undefined && { retryAfterMs }) }
  health.failed(facts, new GatewayError(end, 'no', details), nowMs)
}
interface Facts {
  readonly startedMs: number
  readonly hasBegun: boolean
  readonly status: number
  readonly retryAfterMs: number
}

describe('the state', () => {
  test.each<[string, (subject: Subject) => void, state: string, untilMs: number | undefined]>([
    ['is ready to begin with', () => {}, 'ready', undefined],
    ['is ready after a failure', (subject) => attempt(subject, 'upstream_reset', 0), 'ready', undefined],
    ['is open after five failures', (subject) => five(subject), 'open', 5000],
    [
      'is backing off after a rate limit',
      (subject) => attempt(subject, 'upstream_rate_limited', 0, { retryAfterMs: 3000 }),
      'backing-off',
      3000,
    ],
    [
      'is misconfigured after rejected credentials',
      (subject) => attempt(subject, 'upstream_auth', 0),
      'misconfigured',
      60_000,
    ],
    ['is suspect after a stream stalled', ({ health }) => health.stalled(0), 'suspect', 60_000],
    ['is down after two missed checks', ({ health }) => down(health), 'down', 1000],
    ['is draining after a drain', ({ health }) => health.drain('admin', 0), 'draining', undefined],
    ['is warming if it was added to others', ({ health }) => health.warmUp('new', 0), 'warming', 45_000],
    [
      'is the most restrictive of several',
      (subject) => {
        five(subject)
        down(subject.health)
        attempt(subject, 'upstream_auth', 0)
      },
      'down',
      1000,
    ],
  ])('%s', (_title, scenario, state, untilMs) => {
    const subject = create()
    scenario(subject)
    expect([subject.health.state(0), subject.health.untilMs(0)] as unknown[]).toEqual([state, untilMs])
  })

  const five = (subject: Subject, nowMs = 0) => {
    for (let time = 0; time < 5; time++) attempt(subject, 'upstream_failed', nowMs)
  }
  const limited = (subject: Subject, nowMs: number) =>
    attempt(subject, 'upstream_rate_limited', nowMs, { retryAfterMs: 3000 })
  const sharedModel = (health: EndpointHealth) =>
    health
      .stateSources()
      .find(({ name }) => name === 'model m')!
      .state(-800)
  const down = (health: EndpointHealth) => {
    for (let time = 0; time < 2; time++) health.checked('miss', 'no connection', 1000, 0)
  }

  test('changes are reported once each, with their reasons', () => {
    const subject = create()
    five(subject)
    subject.health.refresh(4999)
    subject.health.refresh(5000)
    attempt(subject, undefined, 5001)
    subject.health.refresh(50_001)
    expect(subject.changes).toEqual([
      { state: 'open', reason: 'failure, upstream_failed (502)', atMs: 0 },
      { state: 'half-open', reason: 'the previous state expired', atMs: 5000 },
      { state: 'warming', reason: 'response received', atMs: 5001 },
      { state: 'ready', reason: 'the previous state expired', atMs: 50_001 },
    ])
    expect(Object.fromEntries(subject.health.changes)).toEqual({ open: 1, 'half-open': 1, warming: 1, ready: 1 })
    expect(subject.health.isImpaired).toBe(false)
  })

  // A worker that starts applies news that is older than itself; its clock counts from its start.
  test.each([
    ['a breaker opened', (health: EndpointHealth) => health.breaker.sharedState(-800), five, 'open', 5000],
    ['a model backs off', (health: EndpointHealth) => sharedModel(health), limited, 'backing-off', 3000],
  ])('%s before the clock of this process began', (_title, state, scenario, expected, durationMs) => {
    const other = create()
    scenario(other, -900)
    const { health, changes } = create()
    health.model('m')
    health.applyState(state(other.health), { reason: 'elsewhere', sinceMs: 100 }, -800)
    health.refresh(0)
    expect(changes).toEqual([{ state: expected as HealthChange['state'], reason: 'elsewhere', atMs: -900 }])
    expect(health.untilMs(0)).toBe(-900 + durationMs)
  })

  test('a state without an opening changes nothing, even before the clock of this process began', () => {
    const { health, changes } = create()
    health.applyState(create().health.breaker.sharedState(-800), { reason: 'elsewhere', sinceMs: 100 }, -800)
    expect(changes).toEqual([])
  })

  test('an opening that ended long before this process began does not lengthen the next', () => {
    const other = create()
    five(other, -400_000)
    const subject = create()
    subject.health.applyState(other.health.breaker.sharedState(-100), { reason: 'elsewhere', sinceMs: 1 }, -100)
    subject.health.breaker.reset()
    five(subject, 1000)
    expect(subject.health.untilMs(1000)).toBe(6000)
  })

  test('is ready again when data is received', () => {
    const { health } = create()
    health.stalled(0)
    health.received(10)
    expect(health.state(10)).toBe('ready')
  })

  test('a drain by the configuration is not ended by the admin API, and the reverse', () => {
    const { health } = create()
    health.drain('configuration', 0)
    health.drain('admin', 0)
    health.undrain('admin', 0)
    expect(health.state(0)).toBe('draining')
    health.undrain('configuration', 0)
    expect(health.state(0)).toBe('warming')
  })

  test('a reset clears everything but a drain', () => {
    const subject = create()
    five(subject)
    down(subject.health)
    attempt(subject, 'upstream_auth', 0)
    subject.health.reset(1)
    expect([subject.health.state(1), subject.health.loadMultiplier, subject.health.isImpaired]).toEqual([
      'ready',
      1,
      false,
    ])
    subject.health.drain('admin', 2)
    subject.health.reset(3)
    expect(subject.health.state(3)).toBe('draining')
  })

  test.each<ErrorCode>(['client_closed', 'upstream_rejected', 'upstream_rate_limited', 'upstream_auth'])(
    'a probe that ends in %s lets another attempt be the probe',
    (code) => {
      const subject = create()
      five(subject)
      subject.health.refresh(5000)
      attempt(subject, code, 5000)
      expect(subject.health.breaker.state(5000)).toBe('half-open')
    },
  )

  test('a rate limit of one model does not affect another', () => {
    const subject = create()
    attempt(subject, 'upstream_rate_limited', 0)
    expect(subject.health.model('other').state(0)).toBeUndefined()
    expect(subject.health.ownState(0)).toBe('ready')
  })

  test('errors about a model that the client chose have no effect', () => {
    const { health } = create()
    const facts = { startedMs: 0, model: undefined, hasBegun: false }
    for (const code of ['upstream_not_found', 'upstream_rate_limited'] as const)
      health.failed(facts, new GatewayError(code, 'no'), 0)
    expect(health.state(0)).toBe('ready')
  })
})

test.each<[string, pendingTokens: number, promptTokens: number, afterMs: number, boolean]>([
  ['a call of any size while it has no pending tokens', 0, 1e6, 0, true],
  ['a tenth of four steps at first', 3000, 276, 0, true],
  ['no more than that', 3000, 277, 0, false],
  ['half of it at half time', 16_000, 384, 22_500, true],
  ['no more than that either', 16_000, 385, 22_500, false],
  ['a call of any size in the end', 1e6, 1e6, 45_000, true],
])('a warming endpoint gets %s', (_title, pendingTokens, promptTokens, afterMs, expected) => {
  const { health } = create()
  health.warmUp('new', 0)
  expect(health.admits(pendingTokens, promptTokens, afterMs)).toBe(expected)
})

const HARMLESS = errorCodes.filter((code) => !code.startsWith('upstream_') || code === 'upstream_rejected')

const eventOf = fc.oneof(
  fc.record({
    type: fc.constant('attempt' as const),
    end: fc.option(fc.constantFrom(...errorCodes), { nil: undefined }),
    hasBegun: fc.boolean(),
    status: fc.constantFrom(400, 402, 429, 500, 503, 529),
    retryAfterMs: fc.option(fc.constantFrom(0, 1000, 1e12), { nil: undefined }),
    tookMs: fc.nat(100_000),
  }),
  fc.record({
    type: fc.constant('check' as const),
    result: fc.constantFrom('hit' as const, 'miss' as const, 'impossible' as const),
  }),
  fc.constantFrom({ type: 'stall' as const }, { type: 'byte' as const }, { type: 'probe' as const }),
)
const eventLists = fc.array(fc.tuple(eventOf, fc.constantFrom(0, 1, 100, 5000, 40_000)), { maxLength: 60 })

function play(subject: Subject, events: typeof eventLists extends fc.Arbitrary<infer S> ? S : never): number {
  const { health } = subject
  let nowMs = 0
  for (const [event, pauseMs] of events) {
    nowMs += pauseMs
    if (event.type === 'stall') health.stalled(nowMs)
    else if (event.type === 'byte') health.received(nowMs)
    else if (event.type === 'probe') health.began(nowMs)
    else if (event.type === 'check') health.checked(event.result, 'x', 20_000, nowMs)
    else {
      const { end, hasBegun, status, retryAfterMs, tookMs } = event
      const more = retryAfterMs !== undefined && { retryAfterMs }
      attempt(subject, end, nowMs, { hasBegun, status, ...more, startedMs: nowMs - tookMs })
    }
  }
  return nowMs
}

test('no sequence of events ejects an endpoint for ever: after 15 minutes without events it gets calls again', () => {
  fc.assert(
    fc.property(eventLists, fc.integer(), (events, seed) => {
      const subject = create(createRandom(seed))
      const later = play(subject, events) + 15 * 60_000
      subject.health.refresh(later)
      expect(['ready', 'half-open']).toContain(subject.health.state(later))
      expect(['closed', 'half-open']).toContain(subject.health.breaker.state(later)) // a probe is allowed
      expect(subject.health.loadMultiplier).toBe(1)
    }),
    runs(),
  )
})

test('every state without calls has an end, after any sequence of events', () => {
  fc.assert(
    fc.property(eventLists, (events) => {
      const subject = create()
      const nowMs = play(subject, events)
      const state = subject.health.state(nowMs)
      const untilMs = subject.health.untilMs(nowMs)
      if (state !== 'ready' && state !== 'half-open') expect(untilMs).toBeGreaterThan(nowMs)
    }),
    runs(),
  )
})

test('errors caused by clients change nothing, however many', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...HARMLESS), fc.boolean(), fc.constantFrom(400, 409, 413, 422))),
      (ends) => {
        const subject = create()
        for (const [end, hasBegun, status] of ends) attempt(subject, end, 0, { hasBegun, status })
        expect(subject.changes).toEqual([])
        expect([subject.health.isImpaired, subject.health.loadMultiplier]).toEqual([false, 1])
      },
    ),
    runs(),
  )
})
