// bun bench/overload.ts: throughput, latency and rejections when more requests arrive than can be served. Under a minute.
import { createSimServer } from '../src/sim/server.ts'
import { chat, oneModel, startGateway } from '../test/gateway.ts'
import { percentile, simulate } from '../test/overload-simulation.ts'

const PRIORITIES = ['high', 'normal', 'low'] as const
const SLOTS = 8
const OUTPUT_TOKENS = 20
/** A step takes 3 ms. */
const SPEED = 0.5
const SECONDS = 3

const line = (cells: readonly (string | number)[]) =>
  console.log(cells.map((cell) => String(cell).padStart(11)).join(''))
const ms = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(0))

await overSockets()
inSimulatedTime()

/** The whole gateway and a simulated server in this process, with 8 slots. One request in five has high priority, one low. */
async function overSockets(): Promise<void> {
  const server = await createSimServer({ speed: SPEED })
  const admission = { maxWait: '500ms' }
  const gateway = await startGateway(oneModel([server.url], { admission }, { maxConcurrency: SLOTS }))

  async function call(priority: string) {
    const startedMs = performance.now()
    const body = chat('Hello', { max_tokens: OUTPUT_TOKENS, min_tokens: OUTPUT_TOKENS })
    const response = await gateway.post('/v1/chat/completions', body, { 'x-sluice-priority': priority })
    await response.text()
    return { priority, isServed: response.status === 200, tookMs: performance.now() - startedMs }
  }

  async function offer(perSecond: number) {
    const startedMs = performance.now()
    const calls: ReturnType<typeof call>[] = []
    while (performance.now() - startedMs < SECONDS * 1000) {
      const due = ((performance.now() - startedMs) * perSecond) / 1000
      while (calls.length < due) calls.push(call(['high', 'low'][calls.length % 5] ?? 'normal'))
      await Bun.sleep(2)
    }
    return Promise.all(calls)
  }

  const alone = [await call('normal'), await call('normal'), await call('normal')]
  const capacity =
    (SLOTS * 1000) /
    percentile(
      alone.map(({ tookMs }) => tookMs),
      0.5,
    )
  console.log(
    `\nOver sockets: ${SLOTS} slots, about ${capacity.toFixed(0)} requests/s, maxWait 500ms. Times in ms, to the last byte.\n`,
  )
  line([
    'offered/s',
    'served/s',
    ...PRIORITIES.flatMap((name) => [`${name} p50`, `${name} p99`]),
    'rejected',
    'rejected in',
  ])
  for (const factor of [0.5, 0.9, 1.5, 3, 6]) {
    const results = await offer(factor * capacity)
    const timesOf = (isServed: boolean, priority?: string) =>
      results
        .filter((each) => each.isServed === isServed && (priority ?? each.priority) === each.priority)
        .map((each) => each.tookMs)
    line([
      ms(factor * capacity),
      (timesOf(true).length / (SECONDS + 0.3)).toFixed(1),
      ...PRIORITIES.flatMap((name) => [0.5, 0.99].map((share) => ms(percentile(timesOf(true, name), share)))),
      timesOf(false).length,
      percentile(timesOf(false), 0.5).toFixed(1),
    ])
  }
  await gateway.stop()
  server.stop()
}

/** An 8B model on one H100: requests per second whose first token arrived within 2 s, and the time to first token. */
function inSimulatedTime(): void {
  const kinds = [
    ['no limit', {}, undefined],
    ['limit 128', { maxWait: '1s' }, 128],
    ['learned', { maxWait: '1s', adaptiveConcurrency: true }, undefined],
  ] as const
  console.log(
    '\nIn simulated time, 300 s each: requests/s in time | p50 | p99 of the first token in ms, rejected, limit.\n',
  )
  line(['offered/s', ...kinds.flatMap(([name]) => [name, 'p50', 'p99', 'rejected', 'limit'])])
  for (const requestsPerSecond of [16, 28, 32, 48, 96, 192])
    line([
      requestsPerSecond,
      ...kinds.flatMap(([, admission, maxConcurrency]) => {
        const plan = { requestsPerSecond, seconds: 300, boundMs: 2000, admission }
        const result = simulate(maxConcurrency === undefined ? plan : { ...plan, maxConcurrency })
        const [p50, p99] = [0.5, 0.99].map((share) => ms(percentile(result.firstTokens, share)))
        return [result.goodput.toFixed(1), p50!, p99!, result.rejected, result.limit]
      }),
    ])
}
