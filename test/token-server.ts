// A token server, for Entra ID, Google and cloud metadata.

export interface TokenCall {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly form: Readonly<Record<string, string>>
}

type Answer = (call: TokenCall) => Response | Promise<Response>

/** Responds with `answer`, which can be changed, and records the requests. */
export function startTokenServer(first: Answer = () => Response.json({ access_token: 'the-token', expires_in: 3600 })) {
  const calls: TokenCall[] = []
  const state = { calls, answer: first }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const call = {
        method: request.method,
        url: pathname + search,
        headers: Object.fromEntries(request.headers),
        body,
        form: Object.fromEntries(new URLSearchParams(body)),
      }
      calls.push(call)
      return state.answer(call)
    },
  })
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.port}`,
    host: `127.0.0.1:${server.port}`,
    stop: () => server.stop(true),
  })
}
