// `fetch` does not tell when it has a connection. So where an endpoint has been silent, a plain connection is opened beside
// the calls that wait for it and closed at once: if that fails too, it is not the answer that takes so long.
import { connect, type Socket } from 'node:net'

/** Heard of within this time, an endpoint is taken to be there: its open connections are likely to be good. */
const FRESH_MS = 10_000

/** Most answers have begun by then; before that nothing is asked. */
const MAX_WAIT_BEFORE_PROBE_MS = 500

/** For each address of a name but its last; a name is mostly one address, or one of each family. */
const NEXT_ADDRESS_MS = 1000

/** Failures that say as much as silence. All others are an answer: from the machine, or from a name service. */
const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT'])

/**
 * Whether one address can be connected to, as far as anybody has to know. Has no timer: those who wait ask again and again.
 * At most one connection is being opened at a time, whoever asks.
 */
export class Reachability {
  readonly #hostname: string
  readonly #port: number
  #respondedMs = -Infinity
  #probe: Probe | undefined
  /** Since when connecting has been tried without a break, in vain; Infinity while a name is still being looked up. */
  #failingSinceMs = Infinity

  constructor(url: string) {
    const { hostname, port, protocol } = new URL(url)
    this.#hostname = hostname.replace(/^\[(.*)\]$/, '$1')
    this.#port = Number(port) || (protocol === 'https:' ? 443 : 80)
  }

  /** Something came from there. */
  responded(nowMs: number): void {
    this.#respondedMs = nowMs
  }

  /**
   * True for an attempt that was sent at `sentMs` to an address that has shown no life since, and that could not be
   * connected to within `connectMs`. To be asked every now and then while the attempt waits for the first of its answer.
   */
  isUnreachable(sentMs: number, connectMs: number, nowMs: number): boolean {
    if (this.#respondedMs >= sentMs) return false
    const maxWaitMs = Math.min(MAX_WAIT_BEFORE_PROBE_MS, connectMs / 4)
    if (nowMs - sentMs < maxWaitMs || nowMs - this.#respondedMs < FRESH_MS) return false
    this.#probeIfDue(connectMs, nowMs)
    return nowMs - sentMs >= connectMs && nowMs - this.#failingSinceMs >= connectMs - maxWaitMs
  }

  /** Each connection has `connectMs`: the longer one has been tried, the longer the pauses of the network between its tries. */
  #probeIfDue(connectMs: number, nowMs: number): void {
    const probe = this.#probe
    const ageMs = probe ? nowMs - probe.startedMs : Infinity
    if (ageMs < connectMs) return
    if (ageMs >= 2 * connectMs) this.#failingSinceMs = Infinity // nobody has asked for a while
    probe?.close()
    const onStart = () => (this.#failingSinceMs = Math.min(this.#failingSinceMs, performance.now()))
    this.#probe = new Probe(this.#hostname, this.#port, nowMs, { onStart, onAnswer: () => this.#connected() })
  }

  #connected(): void {
    this.#probe = undefined
    this.#failingSinceMs = Infinity
    this.responded(performance.now())
  }
}

interface ProbeEvents {
  /** Its address is known, and is being connected to. */
  onStart(): void
  onAnswer(): void
}

/** One connection that is opened to be closed. */
class Probe {
  readonly startedMs: number
  readonly #socket: Socket

  constructor(host: string, port: number, nowMs: number, { onStart, onAnswer }: ProbeEvents) {
    this.startedMs = nowMs
    this.#socket = connect({ host, port, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS })
    this.#socket.unref()
    this.#socket.once('connectionAttempt', onStart)
    this.#socket.once('connect', () => {
      this.close()
      onAnswer()
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!UNREACHABLE_CODES.has(error.code ?? '')) onAnswer()
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}
