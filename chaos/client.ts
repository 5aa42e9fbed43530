// One client: a keep-alive connection, one request at a time, and what it receives.
import { CallFailure, Connection } from '../src/bench/connection.ts'
import { buildRequest } from '../src/bench/request.ts'
import type { ResponseHead } from '../src/bench/response-parser.ts'
import { parseTarget } from '../src/bench/target.ts'
import { type ChaosRequest, endsByTimeout } from './requests.ts'
import type { Received } from './verdict.ts'

export interface Outcome extends Received {
  readonly ending: 'complete' | 'broken' | 'disconnected'
  /** Why the connection broke; '' if it did not. */
  readonly failure: string
  readonly port: number
  /** When the connection was opened, by `performance.now`. */
  readonly openedMs: number
  /** From sending the request to its end. */
  readonly tookMs: number
}

export interface Client {
  /** Never throws. `onBegin` is called at the first bytes of the body. */
  send(request: ChaosRequest, onBegin?: () => void): Promise<Outcome>
  close(): void
}

interface OpenConnection {
  readonly connection: Connection
  readonly openedMs: number
  readonly port: number
}

/** The timeout of a complete response, for all attempts together. */
const COMPLETE_TIMEOUT = '8s'

export function createClient(url: string, key: string): Client {
  let current: OpenConnection | undefined
  async function connect(target: ReturnType<typeof parseTarget>): Promise<OpenConnection> {
    if (current?.connection.isOpen) return current
    const openedMs = performance.now()
    const connection = await Connection.open(target)
    current = { connection, openedMs, port: connection.localPort }
    return current
  }
  return {
    async send(request, onBegin = () => {}) {
      const target = parseTarget(url + request.path)
      const stream = request.body['stream'] === true
      const timeoutHeader = endsByTimeout(request) ? ([['x-sluice-timeout', COMPLETE_TIMEOUT]] as const) : []
      const headers = [['x-request-id', request.id], ...timeoutHeader] as const
      const bytes = buildRequest(target, { key, headers, stream, body: JSON.stringify(request.body) })
      const sentMs = performance.now()
      const tookMs = () => performance.now() - sentMs
      try {
        const { connection, openedMs, port } = await connect(target)
        const received = await exchange(connection, bytes, request.disconnectsAfterMs, onBegin)
        return { ...received, openedMs, port, tookMs: tookMs() }
      } catch (thrown) {
        if (!(thrown instanceof CallFailure)) throw thrown
        return {
          ...NO_RESPONSE,
          ending: 'broken',
          failure: thrown.message,
          port: 0,
          openedMs: sentMs,
          tookMs: tookMs(),
        }
      }
    },
    close: () => current?.connection.close(),
  }
}

const NO_RESPONSE: Received = { status: 0, contentType: '', body: '', isComplete: false }

type Exchange = Omit<Outcome, 'port' | 'openedMs' | 'tookMs'>

/** One request on this connection, to its end or until the client disconnects. */
function exchange(
  connection: Connection,
  request: Uint8Array,
  disconnectsAfterMs: number | undefined,
  onBegin: () => void,
): Promise<Exchange> {
  const { promise, resolve } = Promise.withResolvers<Exchange>()
  const parts: Uint8Array[] = []
  let head: ResponseHead | undefined
  const finish = (ending: Outcome['ending'], failure = '') => {
    clearTimeout(disconnectTimer)
    resolve({
      status: head?.status ?? 0,
      contentType: head?.headers.get('content-type') ?? '',
      body: Buffer.concat(parts).toString(),
      isComplete: ending === 'complete',
      ending,
      failure,
    })
  }
  const disconnect = () => {
    connection.close()
    finish('disconnected')
  }
  const disconnectTimer = disconnectsAfterMs === undefined ? undefined : setTimeout(disconnect, disconnectsAfterMs)
  connection.send(request, {
    head: (received) => (head = received),
    body(bytes) {
      if (parts.push(bytes.slice()) === 1) onBegin() // copied: the parser's bytes are a view of what it reads next
    },
    end: () => finish('complete'),
    fail: (failure) => finish('broken', `${failure.kind}: ${failure.message}`),
  })
  return promise
}
