import { describe, expect, test } from 'bun:test'
import { snapshotFrom } from '../../test/parts.ts'
import type { Candidate } from './endpoint.ts'
import { pick, type Pool } from './pool.ts'

interface Row {
  readonly weight?: number
  readonly cap?: number
  readonly busy?: number
  /** In flight from other workers. */
  readonly elsewhere?: number
}

/** A pool whose candidates are `gpu/a`, `gpu/b` and so on. */
function poolOf(rows: readonly Row[]): Pool {
  const endpoints = rows.map(({ weight = 1, cap }, index) => ({
    url: `http://${'abcdef'[index]}`,
    weight,
    ...(cap !== undefined && { maxConcurrency: cap }),
  }))
  const { table } = snapshotFrom({ providers: { gpu: { type: 'vllm', endpoints } }, models: { m: 'gpu/m' } })
  const pool = table.find('m')!.model.pools.chat!
  pool.candidates.forEach(({ endpoint }, index) => {
    endpoint.inFlight = rows[index]!.busy ?? 0
    endpoint.inFlightElsewhere = rows[index]!.elsewhere ?? 0
  })
  return pool
}

const call = { promptTokens: 1, nowMs: 0 }

function outcome(pool: Pool, tried: readonly Candidate[]): string {
  const picked = pick(pool, tried, call, () => 0)
  return picked.type === 'picked' ? picked.candidate.id : picked.type
}

describe('which endpoint is offered', () => {
  test.each<[string, Row[], tried: number[], expected: string]>([
    ['the idlest', [{ busy: 2 }, { busy: 1 }], [], 'gpu/b'],
    ['the idlest of the whole machine', [{ elsewhere: 2 }, { busy: 1 }], [], 'gpu/b'],
    ['not the one that other workers have filled', [{ cap: 2, busy: 1, elsewhere: 1 }, { busy: 5 }], [], 'gpu/b'],
    ['not the one that was tried', [{ busy: 2 }, { busy: 1 }], [1], 'gpu/a'],
    ['none when all were tried', [{}, {}], [0, 1], 'exhausted'],
    ['the only one again', [{}], [0], 'gpu/a'],
    ['the only one not when it is full', [{ cap: 1, busy: 1 }], [0], 'full'],
    ['not the one at its cap', [{ cap: 1, busy: 1 }, { busy: 5 }], [], 'gpu/b'],
    [
      'none when all are at their caps',
      [
        { cap: 1, busy: 1 },
        { cap: 2, busy: 2 },
      ],
      [],
      'full',
    ],
    ['none when those not tried are at their caps', [{}, { cap: 1, busy: 1 }], [0], 'full'],
    ['none above a cap that was lowered', [{ cap: 1, busy: 3 }], [], 'full'],
    ['not the one of weight 0', [{ weight: 0 }, { busy: 9 }], [], 'gpu/b'],
    ['weight 0 when nothing else is left', [{ weight: 0 }, {}], [1], 'gpu/a'],
    ['weight 0 when all else is full', [{ weight: 0 }, { cap: 1, busy: 1 }], [], 'gpu/a'],
    ['weight 0 alone', [{ weight: 0 }], [], 'gpu/a'],
    ['none of weight 0 beyond its cap', [{ weight: 0, cap: 1, busy: 1 }, {}], [1], 'full'],
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
