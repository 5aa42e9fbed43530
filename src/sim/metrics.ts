// The Prometheus page of a vLLM server.
import type { Engine } from './engine/engine.ts'

const TTFT_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
]
const TOKEN_BUCKETS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80]

/** Requests by finish reason, tokens, and times in seconds. */
export interface Metrics {
  /** HTTP requests that reached a model endpoint. */
  requests: number
  /** Clients that disconnected before their response was complete. */
  disconnects: number
  promptTokens: number
  generationTokens: number
  readonly finished: { stop: number; length: number; abort: number }
  readonly ttft: Histogram
  readonly interToken: Histogram
}

export const createMetrics = (): Metrics => ({
  requests: 0,
  disconnects: 0,
  promptTokens: 0,
  generationTokens: 0,
  finished: { stop: 0, length: 0, abort: 0 },
  ttft: createHistogram(TTFT_BUCKETS),
  interToken: createHistogram(TOKEN_BUCKETS),
})

export interface Histogram {
  readonly bounds: readonly number[]
  /** Observations per bound, not cumulative. The last is above all bounds. */
  readonly counts: number[]
  sum: number
}

const createHistogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: Array.from({ length: bounds.length + 1 }, () => 0),
  sum: 0,
})

export function observe(histogram: Histogram, value: number): void {
  let at = 0
  while (at < histogram.bounds.length && value > histogram.bounds[at]!) at++
  histogram.counts[at]!++
  histogram.sum += value
}

type Gauges = Pick<
  Engine<unknown>,
  'running' | 'waiting' | 'kvUsage' | 'prefixQueries' | 'prefixHits' | 'blockTokens' | 'pool'
>

export function renderMetrics(model: string, engine: Gauges, metrics: Metrics): string {
  const labels = `engine="0",model_name=${JSON.stringify(model)}`
  const one = (name: string, type: string, value: number) =>
    `# TYPE vllm:${name} ${type}\nvllm:${name}{${labels}} ${value}\n`
  const finished = Object.entries(metrics.finished)
    .map(([reason, count]) => `vllm:request_success_total{${labels},finished_reason="${reason}"} ${count}\n`)
    .join('')
  return [
    one('num_requests_running', 'gauge', engine.running),
    one('num_requests_waiting', 'gauge', engine.waiting),
    one('kv_cache_usage_perc', 'gauge', engine.kvUsage),
    one('prefix_cache_queries_total', 'counter', engine.prefixQueries),
    one('prefix_cache_hits_total', 'counter', engine.prefixHits),
    // The engine reserves the output at admission, so it never takes memory back.
    one('num_preemptions_total', 'counter', 0),
    one('prompt_tokens_total', 'counter', metrics.promptTokens),
    one('generation_tokens_total', 'counter', metrics.generationTokens),
    `# TYPE vllm:request_success_total counter\n${finished}`,
    renderHistogram('time_to_first_token_seconds', labels, metrics.ttft),
    renderHistogram('inter_token_latency_seconds', labels, metrics.interToken),
    `# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{block_size="${engine.blockTokens}",` +
      `num_gpu_blocks="${engine.pool.capacity}",enable_prefix_caching="True",${labels}} 1\n`,
  ].join('')
}

function renderHistogram(name: string, labels: string, { bounds, counts, sum }: Histogram): string {
  let total = 0
  const lines = [...bounds, '+Inf'].map((bound, at) => {
    total += counts[at]!
    return `vllm:${name}_bucket{${labels},le="${bound}"} ${total}\n`
  })
  const ends = `vllm:${name}_sum{${labels}} ${sum}\nvllm:${name}_count{${labels}} ${total}\n`
  return `# TYPE vllm:${name} histogram\n${lines.join('')}${ends}`
}
