import { expect, test } from 'bun:test'
import { type Block, BlockPool } from './block-pool.ts'

/** Runs a prompt of these blocks through the pool and releases it. */
function use(pool: BlockPool, keys: number[]): number {
  const chain: Block[] = []
  const hit = pool.match(keys, keys.length)
  if (!pool.admit(keys, hit, keys.length, chain)) throw new Error('no room')
  let privateBlocks = keys.length - hit
  for (const key of keys.slice(hit)) if (pool.store(key, chain)) privateBlocks--
  pool.release(chain, privateBlocks)
  return hit
}

test('released blocks stay and are found again', () => {
  const pool = new BlockPool(4)
  expect([use(pool, [1, 2, 3]), use(pool, [1, 2, 4])]).toEqual([0, 2])
  expect([pool.used, pool.unpinned]).toEqual([0, 4])
})

test('the tail of the oldest chain is evicted first, its head last', () => {
  const pool = new BlockPool(4)
  use(pool, [1, 2, 3])
  use(pool, [4, 5])
  expect([1, 2, 3, 4, 5].filter((key) => pool.has(key))).toEqual([1, 2, 4, 5])
  use(pool, [6, 7])
  expect([1, 2, 4, 5, 6, 7].filter((key) => pool.has(key))).toEqual([4, 5, 6, 7])
})

test('pinned blocks are not evicted, and a failed admission changes nothing', () => {
  const pool = new BlockPool(4)
  use(pool, [1, 2])
  const chain: Block[] = []
  expect(pool.admit([1, 2], 2, 3, chain)).toBe(true)
  expect(pool.admit([8], 0, 2, [])).toBe(false)
  expect([pool.private, pool.pinned, pool.unpinned, pool.evicted]).toEqual([1, 2, 0, 0])
})

test('cached blocks that no sequence pins count as used when they are hit', () => {
  const pool = new BlockPool(4)
  use(pool, [1, 2])
  pool.admit([9], 0, 2, [])
  expect(pool.admit([1, 2], 2, 5, [])).toBe(false)
  expect(pool.admit([1, 2], 2, 2, [])).toBe(true)
})

test('a block that another sequence stored first stays private', () => {
  const pool = new BlockPool(4)
  const [first, second]: [Block[], Block[]] = [[], []]
  pool.admit([1], 0, 1, first)
  pool.admit([1], 0, 1, second)
  expect([pool.store(1, first), pool.store(1, second)]).toEqual([true, false])
  expect([pool.private, pool.pinned]).toEqual([1, 1])
})
