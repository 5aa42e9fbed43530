import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ErrorCode, type ErrorDetails, GatewayError } from '../errors.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { PeerHealth, type StampedState } from './peer-health.ts'
import { runs } from '../../test/runs.ts'

/** Seconds on the one clock that a test sees; each worker's own has another zero. */
let now = 0
const SECOND = 1000

interface Worker {
  readonly endpoint: Endpoint
  readonly changes: string[]
  ms(): number
  say(): StampedState[]
  hear(marks: readonly StampedState[]): void
  gone(worker: number): void
  fails(code: ErrorCode, details?: ErrorDetails, startedMs?: number): void
  breaks(): void
  answers(): void
  tries(): void
  state(): string
}

function worker(id: number): Worker {
  const changes: string[] = []
  const onChange = (_endpoint: Endpoint, { state }: { state: string }, isHeard: boolean) =>
    changes.push(isHeard ? `heard ${state}` : state)
  const registry = new EndpointRegistry({ random: () => 0.5, onChange })
  const endpoint = registry.endpoint('gpu/a', 'http://a/v1', Infinity)
  const { health } = endpoint
  const model = health.model('m')
  const marks = new PeerHealth(id)
  const ms = () => now + id * 123_456
  const trial = (startedMs = ms()) => ({ startedMs, model, hasBegun: false })
  const self: Worker = {
    endpoint,
    changes,
    ms,
    say: () => structuredClone(marks.publish(endpoint, ms())),
    hear: (said) => marks.apply(endpoint, said, ms()),
    gone: (other) => marks.workerGone(endpoint, other),
    fails: (code, details = {}, startedMs = ms()) =>
      health.failed(trial(startedMs), new GatewayError(code, 'x', details), ms()),
    breaks() {
      for (let count = 0; count < 5; count++) self.fails('upstream_failed')
    },
    answers: () => health.completed(trial(), ms()),
    tries: () => health.began(ms()),
    state: () => health.state(ms()),
  }
  return self
}

const pair = () => {
  now = 0
  return [worker(1), worker(2)] as const
}
const later = (seconds: number) => (now += seconds * SECOND)
/** When its rest or wait ends, on the test's clock. */
const end = ({ endpoint, ms }: Worker) => Math.round(endpoint.health.untilMs(ms())! - ms() + now)

describe('what one learns the other knows', () => {
  test('an opening, with its end, whatever their clocks say', () => {
    const [one, other] = pair()
    one.breaks()
    later(0.1)
    other.hear(one.say())
    expect([one.state(), other.state()]).toEqual(['open', 'open'])
    expect(end(other)).toBe(end(one))
    expect(other.endpoint.health.last).toEqual({
      ...one.endpoint.health.last,
      atMs: one.endpoint.health.last.atMs + other.ms() - one.ms(),
    })
  })

  test('a recovery, after which both begin gently', () => {
    const [one, other] = pair()
    one.breaks()
    other.hear(one.say())
    later(7)
    one.tries()
    one.answers()
    other.hear(one.say())
    expect([one.state(), other.state()]).toEqual(['warming', 'warming'])
  })

  test('the time that an endpoint asked for, of which the longer one counts', () => {
    const [one, other] = pair()
    one.fails('upstream_rate_limited', { retryAfterMs: 9000 })
    other.fails('upstream_rate_limited', { retryAfterMs: 3000 })
    other.hear(one.say())
    one.hear(other.say())
    expect([one, other].map(({ state }) => state())).toEqual(['backing-off', 'backing-off'])
    expect([one, other].map(end)).toEqual([9000, 9000])
  })

  test('a model or a key that is wrong, and that it is right again', () => {
    const [one, other] = pair()
    one.fails('upstream_not_found')
    other.hear(one.say())
    expect(other.state()).toBe('misconfigured')
    later(1)
    other.answers()
    one.hear(other.say())
    expect([one.state(), other.state()]).toEqual(['ready', 'ready'])
  })

  test('a reset', () => {
    const [one, other] = pair()
    one.breaks()
    other.hear(one.say())
    other.endpoint.health.reset(other.ms())
    one.hear(other.say())
    expect(one.state()).toBe('warming')
  })
})

test('one that starts learns it from whoever lives, and hears no news as its own', () => {
  const [one, other] = pair()
  one.breaks()
  other.hear(one.say())
  const fresh = worker(3)
  fresh.hear(other.say())
  expect([fresh.state(), end(fresh)]).toEqual(['open', end(one)])
  expect(fresh.changes).toEqual(['heard open'])
})

test('one that never learnt anything says nothing, though it answers and fails now and then', () => {
  const [one] = pair()
  one.fails('upstream_failed')
  one.answers()
  one.fails('invalid_request')
  expect(one.say()).toEqual([])
})

test('hearing the same again, or what is older, changes nothing', () => {
  const [one, other] = pair()
  one.breaks()
  const old = one.say()
  other.hear(old)
  later(7)
  one.tries()
  one.answers()
  const news = one.say()
  for (const said of [news, old, news, old]) other.hear(said)
  later(1)
  other.hear(news)
  expect(other.changes).toEqual(['heard open', 'heard warming'])
  one.hear(other.say())
  expect(one.changes).toEqual(['open', 'warming'])
})

describe('after the rest', () => {
  const rested = () => {
    const [one, other] = pair()
    one.breaks()
    other.hear(one.say())
    later(5.1)
    return [one, other] as const
  }

  test('who opened it tries first', () => {
    const [one, other] = rested()
    expect([one.state(), other.state()]).toEqual(['half-open', 'open'])
    later(1)
    expect(other.state()).toBe('half-open')
  })

  test('while it tries nobody else does, unless it dies', () => {
    const [one, other] = rested()
    one.tries()
    other.hear(one.say())
    later(2)
    const { breaker } = other.endpoint.health
    expect(breaker.state(other.ms())).toBe('probing')
    other.gone(3)
    expect(breaker.state(other.ms())).toBe('probing')
    other.gone(1)
    expect(breaker.state(other.ms())).toBe('half-open')
  })

  test('a try that fails keeps both away for longer', () => {
    const [one, other] = rested()
    one.tries()
    one.fails('upstream_failed')
    other.hear(one.say())
    expect([other.state(), end(other)]).toEqual(['open', end(one)])
    expect(end(other)).toBe(now + 10 * SECOND)
  })

  test('an answer to what was sent before it opened elsewhere closes nothing', () => {
    const [one, other] = pair()
    const sentMs = other.ms()
    later(1)
    one.breaks()
    other.hear(one.say())
    other.endpoint.health.completed({ startedMs: sentMs, model: undefined, hasBegun: false }, other.ms())
    expect(other.state()).toBe('open')
  })
})

test('whatever three workers learn and in whatever order they hear it, in the end they know the same', () => {
  const does: ReadonlyArray<(each: Worker, from: Worker) => void> = [
    (each) => each.breaks(),
    (each) => each.answers(),
    (each) => each.tries(),
    (each) => each.fails('upstream_not_found'),
    (each) => each.fails('upstream_failed'),
    (each) => each.endpoint.health.reset(each.ms()),
    (each, from) => each.hear(from.say()),
    () => later(3),
  ]
  const step = fc.tuple(fc.nat(does.length - 1), fc.nat(2), fc.nat(2))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      now = 0
      const all = [worker(1), worker(2), worker(3)]
      for (const [what, who, from] of steps) does[what]!(all[who]!, all[from]!)
      for (let round = 0; round < 2; round++)
        for (const each of all) for (const from of all) if (each !== from) each.hear(from.say())
      const known = all.map(({ endpoint, ms }) => {
        const { breaker } = endpoint.health
        const rest = breaker.untilMs === undefined ? undefined : Math.round(breaker.untilMs - ms())
        return { rest, model: endpoint.health.model('m').state(ms()) }
      })
      expect(known).toEqual([known[0]!, known[0]!, known[0]!])
    }),
    runs(),
  )
})
