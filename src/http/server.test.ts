import { afterAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { listen } from './server.ts'

/** The runtime checks idle connections every four seconds. */
const server = listen({
  host: '127.0.0.1',
  port: 0,
  idleMs: 1000,
  routes: {},
  onError: () => {},
  async fallback(request, path, { allowIdle }) {
    if (path === '/unread') return new Response('no', { status: 401 })
    await request.arrayBuffer()
    if (path === '/think') await Bun.sleep(5500)
    if (path !== '/silent') return new Response('done')
    allowIdle(true)
    async function* silent() {
      yield 'a'
      await Bun.sleep(5500)
      yield 'b'
      allowIdle(false)
    }
    return new Response(silent())
  },
})
afterAll(() => server.stop(true))

/** What came until the server hung up. */
function held(bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  const socket = connect(server.port!, '127.0.0.1', () => socket.write(bytes))
  function done() {
    socket.destroy()
    resolve(text)
  }
  socket.setEncoding('latin1')
  socket.on('data', (data: string) => (text += data))
  socket.on('end', done)
  socket.on('error', done)
  return promise
}

const post = (path: string, body = 'abc', length = body.length) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`

test('an idle connection is closed, and a slow response is not aborted', async () => {
  const [nothing, half, stalled, unread, idle, think, silent] = await Promise.all(
    ['', 'POST / HT', post('/', 'abc', 9), post('/unread', 'abc', 9), post('/'), post('/think'), post('/silent')].map(
      held,
    ),
  )
  expect(nothing! + half! + stalled!).toBe('')
  expect(unread).toStartWith('HTTP/1.1 401')
  expect(idle).toEndWith('done')
  expect(think).toEndWith('done')
  expect(silent).toContain('1\r\nb\r\n')
})
