// The cost of the metrics on the path of every request, in nanoseconds: bun bench/micro/metrics.ts
import { createBucketFinder, DURATION_BUCKETS } from '../../src/telemetry/metrics/buckets.ts'
import { createRegistry } from '../../src/telemetry/metrics/registry.ts'
import { nanosecondsPerCall } from './timing.ts'

const registry = createRegistry({ maxSeries: 1000 })
const labels = ['method', 'route', 'status'] as const
const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labels })
const inFlight = registry.gauge({ name: 'in_flight', help: 'Requests in flight.', labels: ['model'] })
const seconds = registry.histogram({ name: 'seconds', help: 'Seconds.', labels })

const VALUES = Float64Array.from({ length: 1024 }, (_, index) => 0.0001 * 1.0155 ** index) // 0.1 ms to 11 min
let turn = 0
const nextValue = () => VALUES[turn++ & 1023]!

const counter = requests.with('POST', '/v1/chat/completions', '200')
const gauge = inFlight.with('llama')
const histogram = seconds.with('POST', '/v1/chat/completions', '200')
const find = createBucketFinder(DURATION_BUCKETS)

function linearSearch(value: number): number {
  let index = 0
  while (value > DURATION_BUCKETS[index]!) index++
  return index
}

/** The ten metrics of one request. The design allows 3 microseconds for them. */
function oneRequest(): void {
  gauge.inc()
  counter.inc()
  for (let index = 0; index < 5; index++) histogram.observe(nextValue())
  counter.inc(120)
  counter.inc(80)
  gauge.dec()
}

const CASES: Readonly<Record<string, () => unknown>> = {
  'counter.inc()': () => counter.inc(),
  'gauge.set()': () => gauge.set(nextValue()),
  'histogram.observe()': () => histogram.observe(nextValue()),
  'find a bucket': () => find(nextValue()),
  'find a bucket from the first': () => linearSearch(nextValue()),
  'with(), one label': () => inFlight.with('llama'),
  'with(), three labels': () => requests.with('POST', '/v1/chat/completions', '200'),
  'ten metrics of a request': oneRequest,
}

for (const [name, run] of Object.entries(CASES))
  console.log(`${name.padEnd(30)} ${nanosecondsPerCall(run).toFixed(1).padStart(10)} ns`)

for (let index = 0; index < 999; index++) seconds.with('POST', `/v1/route-${index}`, '200').observe(1)
console.log(
  `render 1000 histograms         ${(nanosecondsPerCall(() => registry.render()) / 1e6).toFixed(1).padStart(10)} ms`,
)
