import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createPlan, nameOf, type ServerPosition, RECOVERY_MS, type Step } from './plan.ts'
import { runs } from '../test/runs.ts'

const shapes = fc.record({
  seed: fc.nat(),
  seconds: fc.integer({ min: 5, max: 120 }),
  pools: fc.integer({ min: 1, max: 3 }),
  serversPerPool: fc.integer({ min: 1, max: 4 }),
  workers: fc.integer({ min: 1, max: 4 }),
})

/** The server that a step makes unavailable, if any. */
function positionOf({ disruption }: Step): ServerPosition | undefined {
  if ('position' in disruption) return disruption.position
  return disruption.type === 'reload' && 'position' in disruption.change ? disruption.change.position : undefined
}

/** The steps that are in effect at `atMs`. Checking the start of each step is enough: only a start adds one. */
const touchedAt = (plan: readonly Step[], atMs: number) =>
  plan.filter((step) => step.atMs <= atMs && atMs < step.untilMs + RECOVERY_MS)

test('one server of every pool and one worker is always untouched', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const plan = createPlan(shape)
      for (const { atMs } of plan) {
        const touched = touchedAt(plan, atMs)
        const positions = touched.flatMap((step) => positionOf(step) ?? [])
        for (let pool = 0; pool < shape.pools; pool++) {
          const servers = positions.filter((position) => position.pool === pool).map(({ server }) => server)
          expect(new Set(servers).size).toBe(servers.length)
          expect(servers.length).toBeLessThan(Math.max(1, shape.serversPerPool))
        }
        expect(touched.filter(({ disruption }) => 'worker' in disruption).length).toBeLessThan(
          Math.max(1, shape.workers),
        )
        expect(touched.filter(({ disruption }) => disruption.type === 'reload').length).toBeLessThan(2)
      }
    }),
    runs(),
  )
})

test('steps are in order and end before the run does', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const plan = createPlan(shape)
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
      expect(plan.filter(({ untilMs }) => untilMs > shape.seconds * 1000)).toEqual([])
    }),
    runs(),
  )
})

test('the same seed gives the same plan', () => {
  const shape = { seed: 7, seconds: 60, pools: 2, serversPerPool: 3, workers: 3 }
  expect(createPlan(shape)).toEqual(createPlan(shape))
  expect(createPlan({ ...shape, seed: 8 })).not.toEqual(createPlan(shape))
})

test('five minutes contain every kind of disruption', () => {
  const plan = createPlan({ seed: 1, seconds: 300, pools: 2, serversPerPool: 3, workers: 3 })
  expect(new Set(plan.map(({ disruption }) => nameOf(disruption))).size).toBe(2 + 15 + 2 + 6)
})
