import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createEngine, type Engine, type EngineOptions, type Sequence } from './engine.ts'
import { PROFILES, type Profile } from './profiles.ts'
import { createRandom } from './random.ts'
import { runs } from '../../../test/runs.ts'

const request = (promptTokens: number, outputTokens: number, blockKeys: number[] = []) => ({
  promptTokens,
  outputTokens,
  blockKeys,
  tag: undefined,
})

/** Ends steps until the sequence has its first token. Returns the time of the token. */
function firstTokenAt(engine: Engine, sequence: Sequence<undefined>): number {
  for (;;) {
    const now = engine.nextStepEndsAt
    engine.step()
    if (sequence.generatedTokens === 1) return now
  }
}

function drain(engine: Engine): number {
  let last = 0
  while (engine.nextStepEndsAt < Number.POSITIVE_INFINITY) {
    last = engine.nextStepEndsAt
    engine.step()
  }
  return last
}

test.each([
  ['8b', 2048, '44.65'],
  ['8b', 8192, '195.50'],
  ['8b', 16384, '448.04'],
  ['70b', 2048, '135.25'],
  ['70b', 8192, '558.42'],
  ['70b', 16384, '1187.31'],
] as const)('an idle %s server reads %i tokens in %s ms', (profile, promptTokens, ms) => {
  const engine = createEngine(PROFILES[profile])
  expect(firstTokenAt(engine, engine.submit(request(promptTokens, 2), 0)).toFixed(2)).toBe(ms)
})

test.each([
  ['8b', '7.554'],
  ['70b', '16.249'],
] as const)('one decode step after 8,192 tokens takes an %s server %s ms', (profile, ms) => {
  const engine = createEngine(PROFILES[profile])
  const first = firstTokenAt(engine, engine.submit(request(8192, 2), 0))
  expect((engine.nextStepEndsAt - first).toFixed(3)).toBe(ms)
})

test('a request that arrives during a step waits for its end, then prefills beside the decoding one', () => {
  const engine = createEngine(PROFILES['8b'])
  const early = engine.submit(request(100, 3), 0)
  const late = engine.submit(request(100, 3), 1)
  expect([engine.running, engine.waiting]).toEqual([1, 1])
  expect([...engine.step()]).toEqual([early])
  expect([engine.running, engine.waiting]).toEqual([2, 0])
  expect(new Set(engine.step())).toEqual(new Set([early, late]))
})

test('a long prompt is read in pieces of the step budget, and others decode meanwhile', () => {
  const engine = createEngine(PROFILES['8b'])
  const short = engine.submit(request(10, 9), 0)
  const long = engine.submit(request(20_000, 1), 0)
  const seen = Array.from({ length: 4 }, () => {
    engine.step()
    return [short.generatedTokens, long.computedTokens]
  })
  expect(seen).toEqual([
    [1, 0],
    [2, 8191],
    [3, 16_382],
    [4, 20_000],
  ])
})

const tiny: Profile = { ...PROFILES['8b'], kvTokens: 160 }

test('admission stops at the first request that does not fit: none overtakes it', () => {
  const engine = createEngine(tiny)
  engine.submit(request(64, 32), 0)
  const large = engine.submit(request(100, 10), 0)
  const small = engine.submit(request(5, 5), 0)
  engine.step()
  expect([large.state, small.state]).toEqual(['waiting', 'waiting'])
  drain(engine)
  expect([large.state, small.state]).toEqual(['ended', 'ended'])
})

test('a request that can never fit is rejected at once', () => {
  expect(() => createEngine(tiny).submit(request(160, 1), 0)).toThrow(RangeError)
})

test('a repeated prompt is read from the cache, except for its last token', () => {
  const engine = createEngine(PROFILES['8b'])
  const keys = [1, 2, 3, 4]
  const ttft = [0, 1000].map((now) => {
    const at = firstTokenAt(engine, engine.submit(request(64, 1, keys), now))
    return at - now
  })
  expect([engine.prefixQueries, engine.prefixHits]).toEqual([128, 48])
  expect(ttft[1]).toBeLessThan(ttft[0]!)
})

test('at most maxSequences run at once', () => {
  const engine = createEngine(PROFILES['8b'], { maxSequences: 2 })
  for (let at = 0; at < 5; at++) engine.submit(request(10, 4), 0)
  engine.step()
  expect([engine.running, engine.waiting]).toEqual([2, 3])
})

test('speed divides every duration, and with infinite speed it is zero', () => {
  const lasts = [1, 4, Number.POSITIVE_INFINITY].map((speed) => {
    const engine = createEngine(PROFILES['8b'], { speed })
    engine.submit(request(500, 10), 0)
    return drain(engine)
  })
  expect(lasts[1]).toBeCloseTo(lasts[0]! / 4, 6)
  expect(lasts[2]).toBe(0)
})

const ARRIVALS = fc.array(
  fc.record({
    promptTokens: fc.integer({ min: 1, max: 120 }),
    outputTokens: fc.integer({ min: 1, max: 30 }),
    group: fc.integer({ min: 0, max: 3 }),
    steps: fc.integer({ min: 0, max: 4 }),
    cancel: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
)

function checkMemory(engine: Engine): void {
  const { private: own, pinned, unpinned, capacity } = engine.pool
  expect(Math.min(own, pinned, unpinned)).toBeGreaterThanOrEqual(0)
  expect(own + pinned + unpinned).toBeLessThanOrEqual(capacity)
}

test('for any arrivals and cancellations, memory is conserved and every sequence ends with its tokens', () => {
  const options: EngineOptions = { stepTokens: 64, maxSequences: 5 }
  fc.assert(
    fc.property(ARRIVALS, (arrivals) => {
      const engine = createEngine(tiny, options)
      let now = 0
      const sequences = arrivals.map(({ promptTokens, outputTokens, group, steps, cancel }) => {
        const keys = Array.from({ length: Math.floor(promptTokens / 16) }, (_, at) => group * 100 + at)
        const sequence = engine.submit(request(promptTokens, outputTokens, keys), now)
        for (let at = 0; at < steps && engine.nextStepEndsAt < Number.POSITIVE_INFINITY; at++) {
          now = engine.nextStepEndsAt
          engine.step()
          checkMemory(engine)
        }
        if (cancel) engine.cancel(sequence)
        checkMemory(engine)
        return sequence
      })
      drain(engine)
      for (const { state, generatedTokens, outputTokens } of sequences)
        expect(state === 'cancelled' || (state === 'ended' && generatedTokens === outputTokens)).toBe(true)
      expect([engine.running, engine.waiting, engine.pool.used]).toEqual([0, 0, 0])
    }),
    runs(),
  )
})

/** 8,000 prompts with 60 hot prefixes over 8 servers in turn: a reference result two implementations agree on. */
test('the hot workload under round robin gives the reference times to the last digit', () => {
  const random = createRandom(1 ^ 0x51ed270b)
  const weights = Array.from({ length: 60 }, (_, at) => (at + 1) ** -1.4)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let atMs = 0
  let ownKey = 1_000_000
  const engines = Array.from({ length: 8 }, () => createEngine<number>(PROFILES['70b'], { blockTokens: 64 }))
  const waits: number[] = []
  const stepsUntil = (untilMs: number) => {
    for (;;) {
      const next = engines.reduce((least, engine) => (engine.nextStepEndsAt < least.nextStepEndsAt ? engine : least))
      if (next.nextStepEndsAt >= untilMs) return
      const now = next.nextStepEndsAt
      for (const sequence of next.step()) if (sequence.generatedTokens === 1) waits.push(now - sequence.tag)
    }
  }
  for (let call = 0; call < 8000; call++) {
    atMs += (-Math.log(1 - random()) / 44) * 1000
    let left = random() * total
    let group = 0
    while (group < 59 && (left -= weights[group]!) >= 0) group++
    const blockKeys = Array.from({ length: 137 }, (_, at) => (at < 125 ? group * 1000 + at : ownKey++))
    stepsUntil(atMs)
    engines[call % 8]!.submit({ promptTokens: 8800, outputTokens: 200, blockKeys, tag: atMs }, atMs)
  }
  stepsUntil(Number.POSITIVE_INFINITY)
  waits.sort((a, b) => a - b)
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length / 1000
  const [hits, queries] = [engines.map((e) => e.prefixHits), engines.map((e) => e.prefixQueries)].map((counts) =>
    counts.reduce((sum, count) => sum + count, 0),
  )
  expect([mean.toFixed(4), (waits[7920]! / 1000).toFixed(4), (hits! / queries!).toFixed(5)]).toEqual([
    '0.5943',
    '4.4418',
    '0.83365',
  ])
})
