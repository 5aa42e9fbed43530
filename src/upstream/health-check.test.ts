import { afterAll, describe, expect, test } from 'bun:test'
import { checkHealth, type CheckOutcome, HealthChecks } from './health-check.ts'

let answer: () => Response | Promise<Response> = () => new Response('ok')
let requests = 0
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch() {
    requests++
    return answer()
  },
})
afterAll(() => server.stop(true))

const plan = { url: `http://127.0.0.1:${server.port}/health`, headers: {}, intervalMs: 5, timeoutMs: 1000 }

describe('a check', () => {
  test.each<[string, () => Response | Promise<Response>, Partial<CheckOutcome>]>([
    ['hits at a 200', () => new Response('ok'), { result: 'hit', detail: 'returned 200' }],
    ['hits at a 204', () => new Response(null, { status: 204 }), { result: 'hit' }],
    ['misses at a 503', () => new Response('loading', { status: 503 }), { result: 'miss', detail: 'returned 503' }],
    ['is impossible at a 404', () => new Response(null, { status: 404 }), { result: 'impossible' }],
    ['is impossible at a 401', () => new Response(null, { status: 401 }), { result: 'impossible' }],
    ['follows no redirect', () => Response.redirect('http://127.0.0.1:1/'), { result: 'impossible' }],
  ])('%s', async (_title, respond, expected) => {
    answer = respond
    expect(await checkHealth(plan)).toMatchObject({ isLate: false, ...expected })
  })

  test('is late if there is no response in time', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    answer = () => promise
    expect(await checkHealth({ ...plan, timeoutMs: 20 })).toMatchObject({ result: 'miss', isLate: true })
    resolve(new Response())
  })

  test('misses if no server listens', async () => {
    const stopped = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
    const url = `http://127.0.0.1:${stopped.port}/health`
    await stopped.stop(true)
    expect(await checkHealth({ ...plan, url })).toMatchObject({ result: 'miss', isLate: false })
  })
})

describe('checks', () => {
  /** A target, and a promise for its next outcome. */
  function target(key: string) {
    let next = Promise.withResolvers<CheckOutcome>()
    const onOutcome = (outcome: CheckOutcome) => {
      next.resolve(outcome)
      next = Promise.withResolvers()
    }
    return { target: { key, plan, onOutcome }, next: () => next.promise }
  }

  test('repeat until they are stopped', async () => {
    answer = () => new Response()
    const checks = new HealthChecks(Math.random)
    const one = target('a')
    checks.setTargets([one.target])
    for (let time = 0; time < 3; time++) expect((await one.next()).result).toBe('hit')
    checks.stop()
    const other = target('b') // takes as long as the stopped one would have taken
    const before = requests
    checks.setTargets([other.target])
    await other.next()
    expect(requests).toBe(before + 1)
    checks.stop()
  })

  test('are not doubled if a target is removed and added again during a check', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    answer = () => {
      arrive()
      return promise
    }
    const checks = new HealthChecks(() => 0)
    const reported: string[] = []
    const back = target('a')
    checks.setTargets([{ key: 'a', plan, onOutcome: () => reported.push('before') }])
    await arrived
    checks.setTargets([])
    checks.setTargets([back.target])
    answer = () => new Response()
    resolve(new Response())
    for (let time = 0; time < 3; time++) await back.next()
    checks.stop()
    expect(reported).toEqual([])
  })

  test('report to the current target of a key, and not to a removed one', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    answer = () => {
      arrive()
      return promise
    }
    const checks = new HealthChecks(() => 0)
    const reported: string[] = []
    const named = (key: string, name: string) => ({ key, plan, onOutcome: () => reported.push(name) })
    const last = target('last')
    checks.setTargets([named('stays', 'old'), named('goes', 'removed')])
    await arrived
    checks.setTargets([named('stays', 'new'), last.target])
    resolve(new Response())
    answer = () => new Response()
    await last.next()
    while (!reported.includes('new')) await last.next()
    checks.stop()
    expect(new Set(reported)).toEqual(new Set(['new']))
  })
})
