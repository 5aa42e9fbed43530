// Sends the suite's requests to a baseline and reads the CPU time of its process.
import type { Flavour } from '../src/bench/prompt.ts'
import { buildRequest } from '../src/bench/request.ts'
import { parseTarget } from '../src/bench/target.ts'
import { startLoad } from '../src/bench/load.ts'
import type { Load, LoadOptions } from '../src/bench/load.ts'
import { NOTHING_USED, type Usage, usageOf } from './processes.ts'
import { CALL } from './baselines.ts'
import type { Baseline } from './baselines.ts'

export interface Drive extends Pick<LoadOptions, 'shape' | 'durationMs' | 'requests' | 'warmupMs'> {
  readonly promptBytes?: number
  readonly flavour?: Flavour
  /** A stream with this number of chunks, one every `paceMs`; 0: as fast as they are read. */
  readonly stream?: { readonly chunks: number; readonly paceMs: number }
}

/** A prompt that makes the whole body about 1 KB. */
export const ONE_KB_PROMPT = 900

const MAX_FAILURE_SHARE = 0.001

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

/** The usage is 0 if there is no process to measure. */
export interface Reading extends Usage {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly chunks: number
  readonly load: Load
}

/** One round. Throws if requests fail: the numbers of a broken baseline mean nothing. */
export async function drive(baseline: Baseline, drive: Drive): Promise<Reading> {
  const before = usedBy(baseline)
  const load = startDrive(baseline, drive)
  await load.done
  throwOnFailures(baseline, load)
  const requests = load.tally.succeeded
  const after = usedBy(baseline)
  return {
    requests,
    requestsPerSecond: requests / (load.elapsedMs() / 1000),
    chunks: load.tally.chunks,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    kernelSeconds: after.kernelSeconds - before.kernelSeconds,
    pageFaults: after.pageFaults - before.pageFaults,
    load,
  }
}

const usedBy = ({ pid }: Baseline): Usage => (pid === undefined ? NOTHING_USED : usageOf(pid))

export const cpuOf = (baseline: Baseline): number => usedBy(baseline).cpuSeconds

export const cpuMicrosPerRequest = ({ cpuSeconds, requests }: Reading) => (cpuSeconds * 1e6) / requests

export function throwOnFailures(baseline: Baseline, { tally }: Load): void {
  if (tally.failed <= tally.succeeded * MAX_FAILURE_SHARE && tally.succeeded + tally.chunks > 0) return
  const [first] = tally.failures.values()
  const reason = first ? `${first.kind}: ${first.example}` : 'no request got a response'
  throw new Error(`${baseline.name}: ${tally.failed} of ${tally.failed + tally.succeeded} requests failed; ${reason}`)
}
