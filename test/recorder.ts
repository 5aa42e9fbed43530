// An upstream with defined responses that records its last request.

export interface Recorder {
  readonly url: string
  /** The JSON of the last request. */
  readonly lastRequest: unknown
  /** Sets the response to all further requests: a list becomes the events of a stream, anything else a whole response. */
  respondWith(give: () => unknown): void
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
    get lastRequest() {
      return last
    },
    respondWith(next) {
      give = next
    },
    stop: () => void server.stop(true),
  }
}
