// An upstream that says what a test tells it to, call by call.

export interface ScriptedUpstream {
  readonly url: string
  /** The requests so far: time, body and abort signal. */
  readonly calls: { readonly atMs: number; readonly body: Record<string, unknown>; readonly signal: AbortSignal }[]
  stop(): void
}

export type ScriptedResponse = (signal: AbortSignal) => Response | Promise<Response>

/** Responds to each request with the next response; the last one is repeated. */
export function startScriptedUpstream(...responses: readonly ScriptedResponse[]): ScriptedUpstream {
  const calls: ScriptedUpstream['calls'] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      if (request.method === 'GET') return new Response('ok') // active checks
      calls.push({ atMs: performance.now(), body: (await request.json()) as object as never, signal: request.signal })
      return responses[Math.min(calls.length, responses.length) - 1]!(request.signal)
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, calls, stop: () => void server.stop(true) }
}

const CHUNK = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const delta = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: finish }] })}\n\n`

/** A whole response with this text. */
export const answer =
  (content: string): ScriptedResponse =>
  () =>
    Response.json({
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    })

/** A stream of this text, in one event and an end. */
export const stream =
  (content: string): ScriptedResponse =>
  () =>
    new Response(`${delta(content)}${delta('', 'stop')}data: [DONE]\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    })

/** An error in OpenAI's envelope. */
export const refusal =
  (status: number, headers: Record<string, string> = {}, error: object = {}): ScriptedResponse =>
  () =>
    Response.json(
      { error: { message: `Status ${status}.`, type: 'x', param: null, code: null, ...error } },
      { status, headers },
    )

/** Nothing at all, until the client leaves. */
export const never: ScriptedResponse = (signal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(new Response())))

/** The same, once `check` holds. */
export const when =
  (check: () => boolean | Promise<boolean>, line: ScriptedResponse): ScriptedResponse =>
  async (signal) => {
    while (!signal.aborted && !(await check())) await Bun.sleep(2)
    return line(signal)
  }

/** The same, a while later; nothing when the client has left by then. */
export const after =
  (ms: number, line: ScriptedResponse): ScriptedResponse =>
  async (signal) => {
    await Bun.sleep(ms)
    return line(signal)
  }
