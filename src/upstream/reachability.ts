// `fetch` does not report when it has a connection. So if an endpoint has sent nothing for a while, a connection is
// opened beside the waiting calls and closed at once: with a TLS handshake for https. If that fails too, the calls wait
// for a connection, not for a slow response.
import { connect, type Socket } from 'node:net'
import { bareHost } from './http1/host-addresses.ts'
import { PLAIN_TRANSPORT } from './transport.ts'
import { beginHandshake } from './tls-handshake.ts'

/** An endpoint that responded within this time counts as reachable: its open connections are likely to be good. */
const FRESH_MS = 10_000

/** Most responses have begun after this time; earlier, no connection is tried. */
const MAX_WAIT_BEFORE_PROBE_MS = 500

/** The time for each address of a host name except the last. Most names have one address, or one of each family. */
const NEXT_ADDRESS_MS = 1000

/** Errors that mean the same as no response. All other errors are a response of the machine or of the name service. */
const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT'])

/**
 * Detects whether a connection to one address can be opened. Has no timer: waiting attempts poll it. At most one connection is
 * being opened at a time, for all attempts together.
 */
export class Reachability {
  readonly #hostname: string
  readonly #port: number
  readonly #usesTls: boolean
  readonly #unix: string | undefined
  readonly #clock: () => number
  #respondedMs = -Infinity
  #probe: Probe | undefined
  /**
   * When the current series of failed connection attempts began; Infinity if there is none or the name is still
   * being resolved.
   */
  #failingSinceMs = Infinity

  /** `unix`: path of a Unix socket instead of the host. `clock` is the one that `nowMs` is read from. */
  constructor(url: string, unix?: string, clock = () => performance.now()) {
    this.#unix = unix
    this.#clock = clock
    const { hostname, port, protocol } = new URL(url)
    this.#hostname = bareHost(hostname)
    this.#usesTls = protocol === 'https:'
    this.#port = Number(port) || (this.#usesTls ? 443 : 80)
  }

  /** The address has responded. */
  responded(nowMs: number): void {
    this.#respondedMs = nowMs
  }

  /**
   * True for an attempt that was sent at `sentMs` if the address has not responded since and no connection could be opened
   * within `connectMs`. To be called regularly while the attempt waits for its response headers.
   */
  isUnreachable(sentMs: number, connectMs: number, nowMs: number): boolean {
    if (this.#respondedMs >= sentMs) return false
    const maxWaitMs = Math.min(MAX_WAIT_BEFORE_PROBE_MS, connectMs / 4)
    if (nowMs - sentMs < maxWaitMs || nowMs - this.#respondedMs < FRESH_MS) return false
    this.#probeIfDue(connectMs, nowMs)
    return nowMs - sentMs >= connectMs && nowMs - this.#failingSinceMs >= connectMs - maxWaitMs
  }

  /** Opens a new connection every `connectMs`: the longer one is tried, the longer the kernel waits between its SYNs. */
  #probeIfDue(connectMs: number, nowMs: number): void {
    const probe = this.#probe
    const ageMs = probe ? nowMs - probe.startedMs : Infinity
    if (ageMs < connectMs) return
    if (ageMs >= 2 * connectMs) this.#failingSinceMs = Infinity // not polled for a while
    probe?.close()
    const onStart = () => (this.#failingSinceMs = Math.min(this.#failingSinceMs, this.#clock()))
    const target = { host: this.#hostname, port: this.#port, usesTls: this.#usesTls, unix: this.#unix }
    this.#probe = new Probe(target, nowMs, { onStart, onResponse: () => this.#connected() })
  }

  #connected(): void {
    this.#probe = undefined
    this.#failingSinceMs = Infinity
    this.responded(this.#clock())
  }
}

interface ProbeTarget {
  readonly host: string
  readonly port: number
  readonly usesTls: boolean
  readonly unix: string | undefined
}

interface ProbeEvents {
  /** The name is resolved and the connection is being opened. */
  onStart(): void
  onResponse(): void
}

/** One connection that is opened only to be closed. */
class Probe {
  readonly startedMs: number
  readonly #socket: Socket

  constructor({ host, port, usesTls, unix }: ProbeTarget, nowMs: number, { onStart, onResponse }: ProbeEvents) {
    this.startedMs = nowMs
    this.#socket =
      unix === undefined ? connect({ host, port, autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS }) : connect(unix)
    this.#socket.unref()
    this.#socket.once('connectionAttempt', onStart)
    const complete = () => {
      this.close()
      onResponse()
    }
    const failed = (error: NodeJS.ErrnoException) => {
      if (!UNREACHABLE_CODES.has(error.code ?? '')) complete()
    }
    this.#socket.once('connect', () => {
      if (usesTls)
        beginHandshake(this.#socket, { host, transport: PLAIN_TRANSPORT }, { onComplete: complete, onError: failed })
      else complete()
    })
    this.#socket.on('error', failed)
  }

  close(): void {
    this.#socket.destroy()
  }
}
