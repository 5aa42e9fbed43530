// The cost of storing responses, in microseconds: bun bench/micro/stored-responses.ts
import { recordResponse } from '../../src/pipeline/stored/record-response.ts'
import { resolveReferences } from '../../src/pipeline/stored/resolve-references.ts'
import { mayEnd } from '../../src/formats/openai-responses/response/response-text.ts'
import { readReferences } from '../../src/formats/openai-responses/request/references.ts'
import { withoutGatewayFields } from '../../src/pipeline/call/gateway-fields.ts'
import { MemoryResponses } from '../../src/state/memory-responses.ts'
import { callFor, snapshotFrom } from '../../test/parts.ts'

const LIMITS = { enabled: true, maxAgeMs: 3_600_000, maxBytes: 128 * 1024 ** 2, maxEntries: 10_000 }
const snapshot = snapshotFrom({
  providers: { gpu: { type: 'vllm', baseUrl: 'http://10.0.0.1' } },
  models: { m: 'gpu/m' },
})
const path = '/v1/responses'

/** Microseconds of one run, the best of some rounds. */
async function timed(run: () => unknown, times: number): Promise<number> {
  let best = Infinity
  for (let round = 0; round < 7; round++) {
    const startMs = performance.now()
    for (let time = 0; time < times; time++) await run()
    best = Math.min(best, ((performance.now() - startMs) * 1000) / times)
  }
  return best
}

const row = (title: string, microseconds: number) =>
  console.log(`${title.padEnd(56)}${microseconds.toFixed(1).padStart(9)}`)

const answer = (id: number) => ({
  id: `resp_${id}`,
  object: 'response',
  status: 'completed',
  output: [
    {
      id: `msg_${id}`,
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: `${id} ${'a'.repeat(1000)}` }],
    },
  ],
})

for (const [turns, times] of [
  [1, 2000],
  [20, 500],
  [200, 50],
] as const) {
  const input = Array.from({ length: turns }, (_, turn) => ({ role: 'user', content: `${turn} ${'x'.repeat(1500)}` }))
  const body = JSON.stringify({ model: 'm', input })
  const size = `${(body.length / 1024).toFixed(0)} KB`
  const store = new MemoryResponses(LIMITS)
  let id = 0
  const call = callFor(snapshot, { path, body })
  const recorder = recordResponse(call, store)
  row(`parse the body of ${size}, for comparison`, await timed(() => withoutGatewayFields(call.body.bytes), times))
  row(
    `look for references in ${size}`,
    await timed(() => readReferences({ bytes: call.body.bytes, members: call.body.envelope.members }), times),
  )
  row(`store a response to ${size}`, await timed(() => recorder.whole(JSON.stringify(answer(id++))), times))
  await recorder.whole(JSON.stringify(answer(-1)))
  const next = JSON.stringify({ model: 'm', input: 'Next.', previous_response_id: 'resp_-1' })
  row(
    `continue a response to ${size}`,
    await timed(() => resolveReferences(callFor(snapshot, { path, body: next }), store), times),
  )
}
const chunk = Buffer.from(
  `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"${'x'.repeat(60)}"}\n\n`,
)
row('look at an event of a stream', await timed(() => mayEnd(chunk), 100_000))
