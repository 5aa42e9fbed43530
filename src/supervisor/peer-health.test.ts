import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ErrorCode, type ErrorDetails, GatewayError } from '../errors.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { PeerHealth, type StampedState } from './peer-health.ts'
import { runs } from '../../test/runs.ts'

/** Milliseconds of the test's clock. Each worker's own clock has another zero. */
let now = 0
const SECOND = 1000

interface Worker {
  readonly endpoint: Endpoint
  readonly changes: string[]
  ms(): number
  publish(): StampedState[]
  apply(states: readonly StampedState[]): void
  workerGone(worker: number): void
  fails(code: ErrorCode, details?: ErrorDetails, startedMs?: number): void
  breaks(): void
  answers(): void
  probes(): void
  state(): string
}

function worker(id: number): Worker {
  const changes: string[] = []
  const onChange = (_endpoint: Endpoint, { state }: { state: string }, isRemote: boolean) =>
    changes.push(isRemote ? `applied ${state}` : state)
  const registry = new EndpointRegistry({ random: () => 0.5, onChange })
  const endpoint = registry.endpoint('gpu/a', 'http://a/v1', Infinity)
  const { health } = endpoint
  const model = health.model('m')
  const peerHealth = new PeerHealth(id)
  const ms = () => now + id * 123_456
  const trial = (startedMs = ms()) => ({ startedMs, model, hasBegun: false })
  const self: Worker = {
    endpoint,
    changes,
    ms,
    publish: () => structuredClone(peerHealth.publish(endpoint, ms())),
    apply: (states) => peerHealth.apply(endpoint, states, ms()),
    workerGone: (other) => peerHealth.workerGone(endpoint, other),
    fails: (code, details = {}, startedMs = ms()) =>
      health.failed(trial(startedMs), new GatewayError(code, 'x', details), ms()),
    breaks() {
      for (let count = 0; count < 5; count++) self.fails('upstream_failed')
    },
    answers: () => health.completed(trial(), ms()),
    probes: () => health.began(ms()),
    state: () => health.state(ms()),
  }
  return self
}

const pair = () => {
  now = 0
  return [worker(1), worker(2)] as const
}
const later = (seconds: number) => (now += seconds * SECOND)
/** When its cooldown or wait ends, on the test's clock. */
const end = ({ endpoint, ms }: Worker) => Math.round(endpoint.health.untilMs(ms())! - ms() + now)

describe('a worker applies what another has observed', () => {
  test('an opening with its end, although their clocks differ', () => {
    const [one, other] = pair()
    one.breaks()
    later(0.1)
    other.apply(one.publish())
    expect([one.state(), other.state()]).toEqual(['open', 'open'])
    expect(end(other)).toBe(end(one))
    expect(other.endpoint.health.last).toEqual({
      ...one.endpoint.health.last,
      atMs: one.endpoint.health.last.atMs + other.ms() - one.ms(),
    })
  })

  test('a recovery, after which both start slowly', () => {
    const [one, other] = pair()
    one.breaks()
    other.apply(one.publish())
    later(7)
    one.probes()
    one.answers()
    other.apply(one.publish())
    expect([one.state(), other.state()]).toEqual(['warming', 'warming'])
  })

  test('the retry time that an endpoint named, of which the longer one counts', () => {
    const [one, other] = pair()
    one.fails('upstream_rate_limited', { retryAfterMs: 9000 })
    other.fails('upstream_rate_limited', { retryAfterMs: 3000 })
    other.apply(one.publish())
    one.apply(other.publish())
    expect([one, other].map(({ state }) => state())).toEqual(['backing-off', 'backing-off'])
    expect([one, other].map(end)).toEqual([9000, 9000])
  })

  test('a wrong model or key, and its correction', () => {
    const [one, other] = pair()
    one.fails('upstream_not_found')
    other.apply(one.publish())
    expect(other.state()).toBe('misconfigured')
    later(1)
    other.answers()
    one.apply(other.publish())
    expect([one.state(), other.state()]).toEqual(['ready', 'ready'])
  })

  test('a reset', () => {
    const [one, other] = pair()
    one.breaks()
    other.apply(one.publish())
    other.endpoint.health.reset(other.ms())
    one.apply(other.publish())
    expect(one.state()).toBe('warming')
  })
})

test('a new worker gets the state from any other worker, and does not report it as its own observation', () => {
  const [one, other] = pair()
  one.breaks()
  other.apply(one.publish())
  const third = worker(3)
  third.apply(other.publish())
  expect([third.state(), end(third)]).toEqual(['open', end(one)])
  expect(third.changes).toEqual(['applied open'])
})

test('a worker publishes nothing until an observation changes a state', () => {
  const [one] = pair()
  one.fails('upstream_failed')
  one.answers()
  one.fails('invalid_request')
  expect(one.publish()).toEqual([])
})

test('applying the same state again, or an older one, has no effect', () => {
  const [one, other] = pair()
  one.breaks()
  const old = one.publish()
  other.apply(old)
  later(7)
  one.probes()
  one.answers()
  const latest = one.publish()
  for (const states of [latest, old, latest, old]) other.apply(states)
  later(1)
  other.apply(latest)
  expect(other.changes).toEqual(['applied open', 'applied warming'])
  one.apply(other.publish())
  expect(one.changes).toEqual(['open', 'warming'])
})

describe('after the cooldown', () => {
  const cooledDown = () => {
    const [one, other] = pair()
    one.breaks()
    other.apply(one.publish())
    later(5.1)
    return [one, other] as const
  }

  test('the worker that opened it probes first', () => {
    const [one, other] = cooledDown()
    expect([one.state(), other.state()]).toEqual(['half-open', 'open'])
    later(1)
    expect(other.state()).toBe('half-open')
  })

  test('while it probes no other worker does, unless it exits', () => {
    const [one, other] = cooledDown()
    one.probes()
    other.apply(one.publish())
    later(2)
    const { breaker } = other.endpoint.health
    expect(breaker.state(other.ms())).toBe('probing')
    other.workerGone(3)
    expect(breaker.state(other.ms())).toBe('probing')
    other.workerGone(1)
    expect(breaker.state(other.ms())).toBe('half-open')
  })

  test('a failed probe extends the cooldown in both workers', () => {
    const [one, other] = cooledDown()
    one.probes()
    one.fails('upstream_failed')
    other.apply(one.publish())
    expect([other.state(), end(other)]).toEqual(['open', end(one)])
    expect(end(other)).toBe(now + 10 * SECOND)
  })

  test('an answer to a call from before another worker opened it does not close it', () => {
    const [one, other] = pair()
    const sentMs = other.ms()
    later(1)
    one.breaks()
    other.apply(one.publish())
    other.endpoint.health.completed({ startedMs: sentMs, model: undefined, hasBegun: false }, other.ms())
    expect(other.state()).toBe('open')
  })
})

test('three workers end in the same state, for all observations and all orders of messages', () => {
  const does: ReadonlyArray<(each: Worker, from: Worker) => void> = [
    (each) => each.breaks(),
    (each) => each.answers(),
    (each) => each.probes(),
    (each) => each.fails('upstream_not_found'),
    (each) => each.fails('upstream_failed'),
    (each) => each.endpoint.health.reset(each.ms()),
    (each, from) => each.apply(from.publish()),
    () => later(3),
  ]
  const step = fc.tuple(fc.nat(does.length - 1), fc.nat(2), fc.nat(2))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      now = 0
      const all = [worker(1), worker(2), worker(3)]
      for (const [what, who, from] of steps) does[what]!(all[who]!, all[from]!)
      for (let round = 0; round < 2; round++)
        for (const each of all) for (const from of all) if (each !== from) each.apply(from.publish())
      const known = all.map(({ endpoint, ms }) => {
        const { breaker } = endpoint.health
        const cooldownMs = breaker.untilMs === undefined ? undefined : Math.round(breaker.untilMs - ms())
        return { cooldownMs, model: endpoint.health.model('m').state(ms()) }
      })
      expect(known).toEqual([known[0]!, known[0]!, known[0]!])
    }),
    runs(),
  )
})
