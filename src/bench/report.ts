// The result of a load as plain data: what `--json` prints.
import type { Histogram, Summary } from './histogram.ts'
import type { Load, LoadOptions } from './load.ts'
import type { FailureCount } from './tally.ts'

export interface Report {
  readonly url: string
  readonly shape: LoadOptions['shape']
  readonly stream: boolean
  readonly requestBytes: number
  readonly elapsedSeconds: number
  readonly requests: { readonly succeeded: number; readonly failed: number; readonly unfinished: number }
  /** Requests that succeeded, per second. */
  readonly requestsPerSecond: number
  readonly receivedBytes: number
  readonly latencyMs: Summary
  /** Streams only: from the moment the request was due to the first event with content, and from chunk to chunk. */
  readonly firstTokenMs?: Summary
  readonly betweenChunksMs?: Summary
  readonly chunks?: number
  readonly failures: readonly Readonly<FailureCount>[]
}

export function createReport(load: Load, options: LoadOptions): Report {
  const { tally } = load
  const elapsedSeconds = load.elapsedMs() / 1000
  return {
    url: options.target.url,
    shape: options.shape,
    stream: options.isStream ?? false,
    requestBytes: options.request.length,
    elapsedSeconds,
    requests: { succeeded: tally.succeeded, failed: tally.failed, unfinished: tally.unfinished },
    requestsPerSecond: tally.succeeded / elapsedSeconds,
    receivedBytes: tally.receivedBytes,
    latencyMs: inMilliseconds(tally.latency),
    ...(options.isStream && {
      firstTokenMs: inMilliseconds(tally.firstToken),
      betweenChunksMs: inMilliseconds(tally.gaps),
      chunks: tally.chunks,
    }),
    failures: [...tally.failures.values()].toSorted((a, b) => b.count - a.count),
  }
}

function inMilliseconds(histogram: Histogram): Summary {
  const { count, min, mean, p50, p90, p99, p999, max } = histogram.summary()
  const ms = (micros: number) => micros / 1000
  return { count, min: ms(min), mean: ms(mean), p50: ms(p50), p90: ms(p90), p99: ms(p99), p999: ms(p999), max: ms(max) }
}
