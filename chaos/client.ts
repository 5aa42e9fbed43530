// One client: a keep-alive connection, one call at a time, and what it hears.
import { CallFailure, Connection } from '../src/bench/connection.ts'
import { buildRequest } from '../src/bench/request.ts'
import type { ResponseHead } from '../src/bench/response-parser.ts'
import { parseTarget } from '../src/bench/target.ts'
import { type ChatCall, isSilenceFatal } from './calls.ts'
import type { Heard } from './verdict.ts'

export interface Outcome extends Heard {
  readonly ending: 'complete' | 'broken' | 'left'
  /** Why it broke. */
  readonly failure: string
  readonly port: number
  /** When the connection was made, by `performance.now`. */
  readonly openedMs: number
  /** From asking to the end, whichever it was. */
  readonly tookMs: number
}

export interface Client {
  /** Never throws. `onBegin` is called when something of the answer's body has come. */
  ask(call: ChatCall, onBegin?: () => void): Promise<Outcome>
  close(): void
}

interface Line {
  readonly connection: Connection
  readonly openedMs: number
  readonly port: number
}

/** For whole answers, all attempts together. */
const WHOLE_TIMEOUT = '8s'

export function createClient(url: string, key: string): Client {
  let line: Line | undefined
  async function lineTo(target: ReturnType<typeof parseTarget>): Promise<Line> {
    if (line?.connection.isOpen) return line
    const openedMs = performance.now()
    const connection = await Connection.open(target)
    line = { connection, openedMs, port: connection.localPort }
    return line
  }
  return {
    async ask(call, onBegin = () => {}) {
      const target = parseTarget(url + call.path)
      const stream = call.body['stream'] === true
      const patience = isSilenceFatal(call) ? ([['x-sluice-timeout', WHOLE_TIMEOUT]] as const) : []
      const headers = [['x-request-id', call.id], ...patience] as const
      const request = buildRequest(target, { key, headers, stream, body: JSON.stringify(call.body) })
      const askedMs = performance.now()
      const tookMs = () => performance.now() - askedMs
      try {
        const { connection, openedMs, port } = await lineTo(target)
        const heard = await converse(connection, request, call.leavesAfterMs, onBegin)
        return { ...heard, openedMs, port, tookMs: tookMs() }
      } catch (thrown) {
        if (!(thrown instanceof CallFailure)) throw thrown
        return { ...NOTHING, ending: 'broken', failure: thrown.message, port: 0, openedMs: askedMs, tookMs: tookMs() }
      }
    },
    close: () => line?.connection.close(),
  }
}

const NOTHING: Heard = { status: 0, contentType: '', body: '', isComplete: false }

type Conversation = Omit<Outcome, 'port' | 'openedMs' | 'tookMs'>

/** One call on this connection, to its end or until the client leaves. */
function converse(
  connection: Connection,
  request: Uint8Array,
  leavesAfterMs: number | undefined,
  onBegin: () => void,
): Promise<Conversation> {
  const { promise, resolve } = Promise.withResolvers<Conversation>()
  const parts: Uint8Array[] = []
  let head: ResponseHead | undefined
  const over = (ending: Outcome['ending'], failure = '') => {
    clearTimeout(leaving)
    resolve({
      status: head?.status ?? 0,
      contentType: head?.headers.get('content-type') ?? '',
      body: Buffer.concat(parts).toString(),
      isComplete: ending === 'complete',
      ending,
      failure,
    })
  }
  const leave = () => {
    connection.close()
    over('left')
  }
  const leaving = leavesAfterMs === undefined ? undefined : setTimeout(leave, leavesAfterMs)
  connection.send(request, {
    head: (received) => (head = received),
    body(bytes) {
      if (parts.push(bytes.slice()) === 1) onBegin() // copied: the parser's bytes are a view of what it reads next
    },
    end: () => over('complete'),
    fail: (failure) => over('broken', `${failure.kind}: ${failure.message}`),
  })
  return promise
}
