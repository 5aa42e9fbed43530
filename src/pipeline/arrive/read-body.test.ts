import { afterAll, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { Watchdog } from '../../upstream/watchdog.ts'
import { Call } from '../call/call.ts'
import { bodyRead } from './read-body.ts'

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { m: 'openai/m' } })
const watchdog = new Watchdog()
afterAll(() => watchdog.stop())

/** A call whose body is written by the test. */
function slowCall(headers: Record<string, string> = {}) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const request = new Request('http://gateway/v1/chat/completions', { method: 'POST', headers, body: readable })
  const call = new Call({ ...callFor(snapshot, {}).arrival, client: request, payload: request, arrivedMs: 0 })
  const read = bodyRead(watchdog)(async () => new Response('read'))(call).catch((error: unknown) => error)
  return { read, writer: writable.getWriter(), startMs: performance.now() }
}

const SECOND = 1000

test.each([
  ['no body arrives', 0, undefined],
  ['little of the body arrives', 32_000, undefined],
  ['a large body is announced and does not arrive', 0, '3200000'],
])('when %s, the client gets a 408 and the connection is closed', async (_title, bytes, announced) => {
  const { read, writer, startMs } = slowCall(announced ? { 'content-length': announced } : {})
  if (bytes > 0) await writer.write(new Uint8Array(bytes).fill(32))
  const graceMs = 30 * SECOND + Math.max(bytes, Number(announced ?? 0)) / 32
  watchdog.sweep(startMs + graceMs - 5 * SECOND)
  await new Promise((resolve) => setImmediate(resolve))
  expect(Bun.peek.status(read)).toBe('pending')
  watchdog.sweep(startMs + graceMs + 5 * SECOND)
  const error = await read
  expect(error).toBeInstanceOf(GatewayError)
  const { code, status, details } = error as GatewayError
  expect([code, status, details.headers]).toEqual(['request_timeout', 408, { connection: 'close' }])
})

test('a slow body that keeps arriving is accepted', async () => {
  const { read, writer, startMs } = slowCall()
  await writer.write(Buffer.from('{"model":"m","messages":["'))
  watchdog.sweep(startMs + 29 * SECOND)
  await writer.write(Buffer.from('x"]}'))
  await writer.close()
  expect(await read).toBeInstanceOf(Response)
  watchdog.sweep(startMs + 1000 * SECOND)
})
