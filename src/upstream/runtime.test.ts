// Behaviour of the runtime that the code relies on and that is not documented.
import { expect, test } from 'bun:test'

test.each([1_000, 300_000, 5_000_000])(
  'fetch has copied a body of %i bytes by the time it returns its promise',
  async (length) => {
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) => new Response(String(Bun.hash(await request.arrayBuffer()))),
    })
    const scratch = Buffer.alloc(length + 100, 'a')
    const expected = String(Bun.hash(Buffer.alloc(length, 'a')))
    const answers = Array.from({ length: 8 }, () => {
      scratch.fill('a')
      const answer = fetch(server.url, { method: 'POST', body: scratch.subarray(0, length) })
      scratch.fill('b')
      return answer.then((response) => response.text())
    })
    expect(new Set(await Promise.all(answers))).toEqual(new Set([expected]))
    await server.stop(true)
  },
)
