import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createRandom } from '../engine/random.ts'
import { createFaultRegistry } from './fault-registry.ts'
import { FAULT_KINDS, parseFault, readFault } from './fault.ts'

const defaults = { rate: 1, count: null, after: 0, retryAfter: null, seconds: 5 }

test.each([
  ['hang', { kind: 'hang' }],
  ['status-503:0.2', { kind: 'status-503', rate: 0.2 }],
  ['reset:0.5:3', { kind: 'reset', rate: 0.5, count: 3 }],
  ['cut', { kind: 'cut', after: 3 }],
  ['cut:1:2:after=7', { kind: 'cut', count: 2, after: 7 }],
  ['status-429:retryAfter=2', { kind: 'status-429', retryAfter: 2 }],
])('%s is parsed', (text, fault) => {
  expect(parseFault(text)).toEqual({ ...defaults, ...fault } as ReturnType<typeof parseFault>)
})

test.each([
  ['boom', /Unknown fault "boom"; allowed: status-429/],
  ['toString', /Unknown fault/],
  ['cut:2', /rate must be at most 1/],
  ['cut:x', /is not a fault/],
  ['cut:', /is not a fault/],
  ['cut:1:1:1', /is not a fault/],
  ['cut:1:0', /count must be at least 1/],
  ['cut:colour=1', /has no field "colour"/],
])('%s is rejected', (text, message) => {
  expect(() => parseFault(text)).toThrow(message)
})

test('a fault must be an object', () => {
  expect(() => readFault('cut')).toThrow('object')
})

test('a fault affects the share of requests in its rate, the same ones for the same seed', () => {
  const outcomes = (seed: number) => {
    const registry = createFaultRegistry(createRandom(seed))
    registry.arm(parseFault('empty:0.3'))
    return Array.from({ length: 1000 }, () => registry.draw() !== undefined)
  }
  expect(outcomes(1)).toEqual(outcomes(1))
  expect(outcomes(1)).not.toEqual(outcomes(2))
  const affected = outcomes(1).filter(Boolean).length
  expect(affected).toBeGreaterThan(260)
  expect(affected).toBeLessThan(340)
})

test('a fault with a count ends after that count, and the next one applies', () => {
  const registry = createFaultRegistry(createRandom(1))
  for (const text of ['empty:1:2', 'hang:1:1']) registry.arm(parseFault(text))
  expect(registry.list().map(({ count }) => count)).toEqual([2, 1])
  expect(Array.from({ length: 4 }, () => registry.draw()?.kind)).toEqual(['empty', 'empty', 'hang', undefined])
  expect(registry.list()).toEqual([])
})

test('the page about the simulator names every fault', () => {
  const page = readFileSync(resolve(import.meta.dir, '../../../docs/simulator.md'), 'utf8')
  expect(Object.keys(FAULT_KINDS).filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})
