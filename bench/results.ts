// Saves results: one file per run, which git ignores, and one baseline, which is committed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { isWithin, ratioTo } from './row.ts'
import type { Row } from './row.ts'

const FOLDER = join(import.meta.dir, 'results')

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  /** Runnable processes over the last minute, before the run. Above 0.5, other processes use the machine. */
  readonly loadAverage: number
  readonly bun: string
  readonly nginx: string
  readonly commit: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAverage: Number(loadavg()[0]!.toFixed(2)),
    bun: Bun.version,
    nginx: /nginx\/([\d.]+)/.exec(output('nginx', '-v'))?.[1] ?? 'absent',
    commit: output('git', 'rev-parse', '--short', 'HEAD').trim(),
  }
}

function output(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return `${stdout ?? ''}${stderr ?? ''}`
}

export interface Result {
  readonly machine: Machine
  readonly isQuick: boolean
  readonly rows: readonly Row[]
  readonly failures: readonly string[]
}

/** Returns the path of the file. */
export function saveResult(result: Result, isBaseline: boolean): string {
  const date = new Date().toISOString()
  const path = join(FOLDER, isBaseline ? 'baseline.json' : `${date.replaceAll(/[:.]/g, '-')}.json`)
  const rows = result.rows.map((row) => ({ ...row, ...ratios(row), isWithin: isWithin(row) }))
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(path, `${JSON.stringify({ date, ...result, rows }, round, 2)}\n`)
  return path
}

function ratios(row: Row): { ratios: Record<string, number> } {
  const others = Object.keys(row.values) as (keyof Row['values'])[]
  const known = others.flatMap((name) => {
    const ratio = name === 'gateway' ? undefined : ratioTo(row, name)
    return ratio === undefined ? [] : [[name, ratio] as const]
  })
  return { ratios: Object.fromEntries(known) }
}

const round = (_key: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)
