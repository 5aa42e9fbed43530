// What holds for every response whose bytes are forwarded while they arrive: one contract for all paths.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { eventually, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { type Exchange, type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

export interface SlowBody {
  readonly config: (upstreamUrl: string) => object
  readonly path: string
  readonly body: string
  /** Sends the upstream's headers. */
  readonly begin: (exchange: Exchange) => void
  /** The first bytes of the response. */
  readonly first: string
}

export const describeSlowBody = (title: string, { config, path, body, begin, first }: SlowBody): void =>
  describe(title, () => {
    let manual: ManualUpstream
    let gateway: TestGateway
    beforeEach(async () => {
      manual = await startManualUpstream()
      gateway = await startGateway(config(manual.url))
    })
    afterEach(async () => {
      await gateway?.stop()
      manual?.stop()
    })

    /** A request whose response has begun. */
    async function begun(signal?: AbortSignal) {
      const answer = fetch(gateway.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
        body,
        ...(signal && { signal }),
      })
      const exchange = await manual.next()
      begin(exchange)
      exchange.write(first)
      const reader = (await answer).body!.getReader() as ReadableStreamDefaultReader<Uint8Array>
      const read = async () => Buffer.from((await reader.read()).value!).toString()
      expect(await read()).toBe(first)
      return { exchange, reader, read }
    }

    const isSettled = async () => series(await gateway.metrics(), 'http_requests_in_flight') === 0

    test('is forwarded as it arrives', async () => {
      const { exchange, reader, read } = await begun()
      exchange.write('second')
      expect(await read()).toBe('second')
      exchange.endStream()
      expect((await reader.read()).done).toBe(true)
    })

    test('and breaks off does not end cleanly for the client', async () => {
      const { exchange, reader } = await begun()
      exchange.reset()
      await expect(reader.read()).rejects.toThrow()
      await eventually(async () => series(await gateway.metrics(), 'sluice_errors_total{code="upstream_reset"}') === 1)
      await eventually(isSettled)
    })

    test('is aborted if the client disconnects', async () => {
      const controller = new AbortController()
      const { exchange } = await begun(controller.signal)
      controller.abort()
      await eventually(() => exchange.isCut())
      await eventually(isSettled)
    })
  })
