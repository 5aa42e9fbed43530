import { describe, expect, test } from 'bun:test'
import { snapshotFrom } from '../../test/parts.ts'
import type { Candidate } from './endpoint.ts'
import { pick, type Pool } from './pool.ts'

interface Row {
  readonly weight?: number
  readonly limit?: number
  readonly inFlight?: number
  /** In flight from other workers. */
  readonly elsewhere?: number
}

/** A pool whose candidates are `gpu/a`, `gpu/b` and so on. */
function poolOf(rows: readonly Row[]): Pool {
  const endpoints = rows.map(({ weight = 1, limit }, index) => ({
    url: `http://${'abcdef'[index]}`,
    weight,
    ...(limit !== undefined && { maxConcurrency: limit }),
  }))
  const { table } = snapshotFrom({ providers: { gpu: { type: 'vllm', endpoints } }, models: { m: 'gpu/m' } })
  const pool = table.find('m')!.model.pools.chat!
  pool.candidates.forEach(({ endpoint }, index) => {
    endpoint.inFlight = rows[index]!.inFlight ?? 0
    endpoint.inFlightElsewhere = rows[index]!.elsewhere ?? 0
  })
  return pool
}

const call = { promptTokens: 1, nowMs: 0 }

function outcome(pool: Pool, tried: readonly Candidate[]): string {
  const picked = pick(pool, tried, call, () => 0)
  return picked.type === 'picked' ? picked.candidate.id : picked.type
}

describe('the endpoint that is picked', () => {
  test.each<[string, Row[], tried: number[], expected: string]>([
    ['is the least busy', [{ inFlight: 2 }, { inFlight: 1 }], [], 'gpu/b'],
    ['is the least busy counting all workers', [{ elsewhere: 2 }, { inFlight: 1 }], [], 'gpu/b'],
    [
      'is not one that other workers have filled',
      [{ limit: 2, inFlight: 1, elsewhere: 1 }, { inFlight: 5 }],
      [],
      'gpu/b',
    ],
    ['is not one that was tried', [{ inFlight: 2 }, { inFlight: 1 }], [1], 'gpu/a'],
    ['none if all were tried', [{}, {}], [0, 1], 'exhausted'],
    ['is the only one again', [{}], [0], 'gpu/a'],
    ['is not the only one while it is full', [{ limit: 1, inFlight: 1 }], [0], 'full'],
    ['is not one at its limit', [{ limit: 1, inFlight: 1 }, { inFlight: 5 }], [], 'gpu/b'],
    [
      'none if all are at their limits',
      [
        { limit: 1, inFlight: 1 },
        { limit: 2, inFlight: 2 },
      ],
      [],
      'full',
    ],
    ['none if the untried ones are at their limits', [{}, { limit: 1, inFlight: 1 }], [0], 'full'],
    ['none above a limit that was lowered', [{ limit: 1, inFlight: 3 }], [], 'full'],
    ['is not one of weight 0', [{ weight: 0 }, { inFlight: 9 }], [], 'gpu/b'],
    ['has weight 0 if no other is left', [{ weight: 0 }, {}], [1], 'gpu/a'],
    ['has weight 0 if all others are full', [{ weight: 0 }, { limit: 1, inFlight: 1 }], [], 'gpu/a'],
    ['has weight 0 if it is the only one', [{ weight: 0 }], [], 'gpu/a'],
    ['is not one of weight 0 at its limit', [{ weight: 0, limit: 1, inFlight: 1 }, {}], [1], 'full'],
  ])('%s', (_title, rows, tried, expected) => {
    const pool = poolOf(rows)
    expect(
      outcome(
        pool,
        tried.map((index) => pool.candidates[index]!),
      ),
    ).toBe(expected)
  })

  test('none of an empty pool', () => expect(outcome({ ...poolOf([{}]), candidates: [] }, [])).toBe('exhausted'))
})
