import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createPlan, nameOf, type Place, RECOVERY_MS, type Step } from './plan.ts'
import { runs } from '../test/runs.ts'

const shapes = fc.record({
  seed: fc.nat(),
  seconds: fc.integer({ min: 5, max: 120 }),
  pools: fc.integer({ min: 1, max: 3 }),
  serversPerPool: fc.integer({ min: 1, max: 4 }),
  workers: fc.integer({ min: 1, max: 4 }),
})

/** The server that a step takes away, if it takes one. */
function placeOf({ harm }: Step): Place | undefined {
  if ('place' in harm) return harm.place
  return harm.type === 'reload' && 'place' in harm.change ? harm.change.place : undefined
}

/** Who is touched in the moment in which each step begins; nothing else makes it worse. */
const touchedAt = (plan: readonly Step[], atMs: number) =>
  plan.filter((step) => step.atMs <= atMs && atMs < step.untilMs + RECOVERY_MS)

test('of every pool and of the workers one is always left', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const plan = createPlan(shape)
      for (const { atMs } of plan) {
        const touched = touchedAt(plan, atMs)
        const places = touched.flatMap((step) => placeOf(step) ?? [])
        for (let pool = 0; pool < shape.pools; pool++) {
          const servers = places.filter((place) => place.pool === pool).map(({ server }) => server)
          expect(new Set(servers).size).toBe(servers.length)
          expect(servers.length).toBeLessThan(Math.max(1, shape.serversPerPool))
        }
        expect(touched.filter(({ harm }) => 'worker' in harm).length).toBeLessThan(Math.max(1, shape.workers))
        expect(touched.filter(({ harm }) => harm.type === 'reload').length).toBeLessThan(2)
      }
    }),
    runs(),
  )
})

test('it is in order, and over when the run is', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const plan = createPlan(shape)
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
      expect(plan.filter(({ untilMs }) => untilMs > shape.seconds * 1000)).toEqual([])
    }),
    runs(),
  )
})

test('a seed says it all', () => {
  const shape = { seed: 7, seconds: 60, pools: 2, serversPerPool: 3, workers: 3 }
  expect(createPlan(shape)).toEqual(createPlan(shape))
  expect(createPlan({ ...shape, seed: 8 })).not.toEqual(createPlan(shape))
})

test('in five minutes everything that can go wrong goes wrong', () => {
  const plan = createPlan({ seed: 1, seconds: 300, pools: 2, serversPerPool: 3, workers: 3 })
  expect(new Set(plan.map(({ harm }) => nameOf(harm))).size).toBe(2 + 15 + 2 + 5)
})
