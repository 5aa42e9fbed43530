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

function sent(authorization: Authorization, headers: Record<string, string> = {}, cut = never) {
  const body = Buffer.from('the body') // what `splice` gives, too, is a Buffer
  const request = { url: upstream.url.href, headers, body, signal: new AbortController().signal }
  return { body, answer: sendAuthorized(request, authorization, { cut }) }
}

const errorOf = (answer: Promise<unknown>) =>
  answer.then(
    () => undefined,
    (thrown: unknown) => thrown as GatewayError,
  )

test.each<[string, Authorization['headers']]>([
  ['at once', () => ({ authorization: 'Bearer new' })],
  ['after a while', async () => ({ authorization: 'Bearer new' })],
])('headers that are known %s go out over those of the request', async (_title, headers) => {
  expect((await sent({ headers }, { authorization: 'old', 'x-kept': 'yes' }).answer).status).toBe(200)
  expect(seen[0]).toMatchObject({ headers: { authorization: 'Bearer new', 'x-kept': 'yes' }, body: 'the body' })
})

test('the authorization is asked about the request as it will be sent', async () => {
  const asked: unknown[] = []
  const headers: Authorization['headers'] = (request) => {
    asked.push({ ...request, body: Buffer.from(request.body).toString() })
    return {}
  }
  await sent({ headers }, { 'x-a': 'b' }).answer
  expect(asked).toEqual([{ method: 'POST', url: upstream.url.href, headers: { 'x-a': 'b' }, body: 'the body' }])
})

test('while it is waited for, the memory of the body may be used for another call', async () => {
  const { promise, resolve } = Promise.withResolvers<Record<string, string>>()
  const { body, answer } = sent({ headers: () => promise })
  body.fill(0)
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
])("no authorization, %s, is the operator's affair and nothing is sent", async (_title, headers) => {
  const error = await errorOf(sent({ headers }).answer)
  expect(error).toMatchObject({ code: 'upstream_auth', status: 502, cause: new Error('no key') })
  expect(error?.message).not.toContain('no key')
  expect(seen).toEqual([])
})

test('an attempt that is cut waits for no authorization', async () => {
  const cut = Promise.reject(new GatewayError('client_closed', 'gone'))
  const error = await errorOf(sent({ headers: () => never }, {}, cut as Promise<never>).answer)
  expect(error?.code).toBe('client_closed')
})

test.each([
  ['200', 0],
  ['401', 1],
  ['403', 0],
])('after a %s the authorization is told %d times that it was refused', async (status, times) => {
  let refused = 0
  await sent({ headers: () => ({ 'x-status': status }), rejected: () => refused++ }).answer
  expect(refused).toBe(times)
})
