// An upstream that answers what it is told to, and remembers what it was asked.

export interface Recorder {
  readonly url: string
  /** The JSON of the last request. */
  readonly last: unknown
  /** Answers all requests from now on: a list as events of a stream, anything else as a whole. */
  answer(give: () => unknown): void
  stop(): void
}

export function startRecorder(): Recorder {
  let last: unknown
  let give: () => unknown = () => ({})
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      last = request.method === 'POST' ? await request.json() : undefined
      const answer = give()
      if (!Array.isArray(answer)) return Response.json(answer)
      const events = [...answer.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`)
      return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    get last() {
      return last
    },
    answer(next) {
      give = next
    },
    stop: () => void server.stop(true),
  }
}
