// HEAD, which monitors and balancers send: wherever GET is, with the same headers and without a body.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { KEY, oneModel, startGateway, type TestGateway } from './gateway.ts'
import { exchange } from './raw.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway(oneModel(['http://127.0.0.1:9']))
})
afterAll(() => gateway?.stop())

const request = (method: string, path: string) =>
  exchange(
    path === '/metrics' ? gateway.metricsUrl : gateway.url,
    `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nConnection: close\r\n\r\n`,
  )

const namesIn = (head: string) =>
  [...head.matchAll(/^([\w-]+):/gm)]
    .map((match) => match[1]!.toLowerCase())
    .filter((name) => name !== 'date')
    .toSorted()

test.each([
  ['/health', 200],
  ['/health/liveness', 200],
  ['/health/readiness', 200],
  ['/metrics', 200],
  ['/admin/endpoints', 200],
  ['/v1/models', 200],
  ['/v1/models/sim-1b', 200],
  ['/v1/models/none', 404],
  ['/nowhere', 404],
  ['/v1/chat/completions', 405],
])('HEAD %s', async (path, status) => {
  const [get, head] = [await request('GET', path), await request('HEAD', path)]
  expect([get.statuses, head.statuses]).toEqual([[status], [status]])
  const [getHead] = get.text.split('\r\n\r\n')
  const [headHead, body] = head.text.split('\r\n\r\n')
  expect(body).toBe('')
  expect(namesIn(headHead!)).toEqual(namesIn(getHead!))
})

test('405 lists HEAD', async () => {
  const { text } = await request('DELETE', '/health')
  expect(text.toLowerCase()).toContain('allow: get, head\r\n')
  const { text: models } = await request('DELETE', '/v1/models')
  expect(models.toLowerCase()).toContain('allow: get, head\r\n')
})
