// Sends the suite's calls to a rival and reads what its process spent on them.
import type { Flavour } from '../src/bench/prompt.ts'
import { buildRequest } from '../src/bench/request.ts'
import { parseTarget } from '../src/bench/target.ts'
import { startLoad } from '../src/bench/load.ts'
import type { Load, LoadOptions } from '../src/bench/load.ts'
import { cpuSeconds } from './processes.ts'
import { CALL } from './baselines.ts'
import type { Baseline } from './baselines.ts'

export interface Drive extends Pick<LoadOptions, 'shape' | 'durationMs' | 'requests' | 'warmupMs'> {
  readonly promptBytes?: number
  readonly flavour?: Flavour
  /** A stream of so many chunks, one every `paceMs`, or as fast as they are taken. */
  readonly stream?: { readonly chunks: number; readonly paceMs: number }
}

/** A prompt that makes the whole body about 1 KB. */
export const ONE_KB_PROMPT = 900

const MOST_FAILURES = 0.001

export function startDrive(baseline: Baseline, drive: Drive): Load {
  const { stream, promptBytes = ONE_KB_PROMPT, flavour = 'prose', ...shape } = drive
  const target = parseTarget(`http://127.0.0.1:${baseline.port}${CALL.path}`)
  const request = buildRequest(target, {
    model: CALL.model,
    key: CALL.key,
    promptBytes,
    flavour,
    stream: stream !== undefined,
    ...(stream && { maxTokens: stream.chunks, extra: { seed: stream.paceMs } }),
  })
  return startLoad({ ...shape, target, request, isStream: stream !== undefined })
}

export interface Reading {
  readonly calls: number
  readonly callsPerSecond: number
  readonly chunks: number
  /** 0 where there is no process to watch. */
  readonly cpuSeconds: number
  readonly load: Load
}

/** One round. Throws when calls fail: numbers of a broken rival are worth nothing. */
export async function drive(baseline: Baseline, drive: Drive): Promise<Reading> {
  const before = cpuOf(baseline)
  const load = startDrive(baseline, drive)
  await load.done
  refuseFailures(baseline, load)
  const calls = load.tally.succeeded
  return {
    calls,
    callsPerSecond: calls / (load.elapsedMs() / 1000),
    chunks: load.tally.chunks,
    cpuSeconds: cpuOf(baseline) - before,
    load,
  }
}

export const cpuOf = (baseline: Baseline) => (baseline.pid === undefined ? 0 : cpuSeconds(baseline.pid))

export const cpuMicrosPerCall = ({ cpuSeconds, calls }: Reading) => (cpuSeconds * 1e6) / calls

export function refuseFailures(baseline: Baseline, { tally }: Load): void {
  if (tally.failed <= tally.succeeded * MOST_FAILURES && tally.succeeded + tally.chunks > 0) return
  const [first] = tally.failures.values()
  const reason = first ? `${first.kind}: ${first.example}` : 'no call was answered'
  throw new Error(`${baseline.name}: ${tally.failed} of ${tally.failed + tally.succeeded} calls failed; ${reason}`)
}
