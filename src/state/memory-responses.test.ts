import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { item, response, responseStoreContract } from '../../test/response-store-contract.ts'
import { runs } from '../../test/runs.ts'
import { MemoryResponses } from './memory-responses.ts'

const LIMITS = { enabled: true, maxAgeMs: 1000, maxBytes: 1e6, maxEntries: 100 }

responseStoreContract('in memory', () => ({ store: new MemoryResponses(LIMITS, () => 0) }))

function storeWith(limits: object = {}) {
  const clock = { nowMs: 0 }
  const store = new MemoryResponses({ ...LIMITS, ...limits }, () => clock.nowMs)
  const has = async (...ids: string[]) => {
    const found = await Promise.all(ids.map((id) => store.find('ann', id)))
    return ids.filter((_, index) => found[index])
  }
  return { store, clock, has }
}

describe('a response is dropped', () => {
  test('when it was not used for the longest time', async () => {
    const { store, clock, has } = storeWith()
    await store.save('ann', response('old', 'Hi.', 'Hello.'))
    await store.save('ann', response('used', 'Hi.', 'Hello.'))
    clock.nowMs = 600
    await has('used')
    clock.nowMs = 1000
    expect(await has('old', 'used')).toEqual(['used'])
    clock.nowMs = 2000
    expect(await has('used')).toEqual([])
    expect([store.count, store.bytes]).toEqual([0, 0])
  })

  test('when there are too many: that which was used least recently', async () => {
    const { store, has } = storeWith({ maxEntries: 2 })
    for (const id of ['a', 'b']) await store.save('ann', response(id, 'Hi.', 'Hello.'))
    await has('a')
    await store.save('ann', response('c', 'Hi.', 'Hello.'))
    expect(await has('a', 'b', 'c')).toEqual(['a', 'c'])
  })

  test('when all are too large', async () => {
    const { store, has } = storeWith({ maxBytes: 25_000 })
    for (const id of ['a', 'b', 'c']) await store.save('ann', response(id, id.repeat(10_000), 'Hello.'))
    expect(await has('a', 'b', 'c')).toEqual(['b', 'c'])
    expect(store.bytes).toBeLessThan(25_000)
  })

  test('when the limits shrink, and when the store is switched off', async () => {
    const { store, has } = storeWith()
    for (const id of ['a', 'b']) await store.save('ann', response(id, 'Hi.', 'Hello.'))
    store.limit({ ...LIMITS, maxEntries: 1 })
    expect(await has('a', 'b')).toEqual(['b'])
    store.limit({ ...LIMITS, enabled: false })
    expect([await has('b'), store.bytes]).toEqual([[], 0])
    expect(await store.save('ann', response('c', 'Hi.', 'Hello.'))).toBe(false)
  })
})

test('a response that is larger than the store is not kept, and displaces nothing', async () => {
  const { store, has } = storeWith({ maxBytes: 25_000 })
  await store.save('ann', response('a', 'Hi.', 'Hello.'))
  expect(await store.save('ann', response('b', 'x'.repeat(30_000), 'Hello.'))).toBe(false)
  expect(await has('a', 'b')).toEqual(['a'])
})

test('a conversation is kept once, however many turns repeat it', async () => {
  const { store } = storeWith()
  const history = [item('x'.repeat(10_000))]
  for (let turn = 0; turn < 20; turn++) {
    const next = response(`r${turn}`, '', 'Hello.', { input: [...history] })
    await store.save('ann', next)
    history.push(...next.output)
  }
  expect(store.bytes).toBeLessThan(50_000)
})

test('whatever is saved, used and deleted, the limits hold and the sizes add up', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          what: fc.constantFrom('save', 'find', 'delete', 'wait'),
          owner: fc.constantFrom('ann', 'bob'),
          id: fc.nat(8),
          items: fc.array(fc.nat(12), { maxLength: 4 }),
        }),
        { maxLength: 60 },
      ),
      async (steps) => {
        const limits = { maxEntries: 5, maxBytes: 8000 }
        const { store, clock } = storeWith(limits)
        for (const { what, owner, id, items } of steps) {
          if (what === 'wait') clock.nowMs += 100 * id
          else if (what === 'find') await store.find(owner, String(id))
          else if (what === 'delete') await store.delete(owner, String(id))
          else {
            const input = items.map((each) => item('y'.repeat(each * 50)))
            await store.save(owner, response(String(id), '', `${id}`, { input }))
          }
          expect(store.count).toBeLessThanOrEqual(limits.maxEntries)
          expect(store.bytes).toBeLessThanOrEqual(limits.maxBytes)
        }
        clock.nowMs += 1000
        await store.find('ann', '')
        expect([store.count, store.bytes]).toEqual([0, 0])
      },
    ),
    runs(),
  ))
