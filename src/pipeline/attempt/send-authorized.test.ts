import { afterAll, beforeEach, expect, test } from 'bun:test'
import { GatewayError } from '../../errors.ts'
import type { Authorization } from '../../providers/authorization.ts'
import { sendAuthorized } from './send-authorized.ts'

let seen: { readonly headers: Record<string, string>; readonly body: string }[] = []
const upstream = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    seen.push({ headers: Object.fromEntries(request.headers), body: await request.text() })
    return new Response('', { status: Number(request.headers.get('x-status') ?? 200) })
  },
})
afterAll(() => upstream.stop(true))
beforeEach(() => {
  seen = []
})

const never = Promise.withResolvers<never>().promise

function sent(authorization: Authorization, headers: Record<string, string> = {}, aborted = never) {
  const memory = Buffer.alloc('the body'.length)
  const body = () => memory.fill('the body')
  const request = { url: upstream.url.href, headers, body, signal: new AbortController().signal }
  return { memory, answer: sendAuthorized(request, authorization, { sent: () => {}, aborted }) }
}

const errorOf = (answer: Promise<unknown>) =>
  answer.then(
    () => undefined,
    (thrown: unknown) => thrown as GatewayError,
  )

test.each<[string, Authorization['headers']]>([
  ['immediately', () => ({ authorization: 'Bearer new' })],
  ['asynchronously', async () => ({ authorization: 'Bearer new' })],
])('headers that are available %s replace those of the request', async (_title, headers) => {
  expect((await sent({ headers }, { authorization: 'old', 'x-kept': 'yes' }).answer).status).toBe(200)
  expect(seen[0]).toMatchObject({ headers: { authorization: 'Bearer new', 'x-kept': 'yes' }, body: 'the body' })
})

test('the authorization gets the request as it will be sent', async () => {
  const requests: unknown[] = []
  const headers: Authorization['headers'] = (request) => {
    requests.push({ ...request, body: Buffer.from(request.body).toString() })
    return {}
  }
  await sent({ headers }, { 'x-a': 'b' }).answer
  expect(requests).toEqual([{ method: 'POST', url: upstream.url.href, headers: { 'x-a': 'b' }, body: 'the body' }])
})

test('while the authorization is awaited, the memory of the body may be reused for another call', async () => {
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>()
  const { memory, answer } = sent({ headers: () => promise })
  memory.fill(0)
  resolve({})
  await answer
  expect(seen[0]!.body).toBe('the body')
})

test.each<[string, Authorization['headers']]>([
  [
    'thrown',
    () => {
      throw new Error('no key')
    },
  ],
  ['a promise that fails', () => Promise.reject(new Error('no key'))],
])('without authorization (%s), the error is upstream_auth and nothing is sent', async (_title, headers) => {
  const error = await errorOf(sent({ headers }).answer)
  expect(error).toMatchObject({ code: 'upstream_auth', status: 502, cause: new Error('no key') })
  expect(error?.message).not.toContain('no key')
  expect(seen).toEqual([])
})

test('an aborted attempt does not wait for its authorization', async () => {
  const aborted = Promise.reject(new GatewayError('client_closed', 'gone'))
  const error = await errorOf(sent({ headers: () => never }, {}, aborted as Promise<never>).answer)
  expect(error?.code).toBe('client_closed')
})

test.each([
  ['200', 0],
  ['401', 1],
  ['403', 0],
])('after a %s the authorization is reported as rejected %d times', async (status, times) => {
  let refused = 0
  await sent({ headers: () => ({ 'x-status': status }), rejected: () => refused++ }).answer
  expect(refused).toBe(times)
})
