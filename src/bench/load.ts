// Sends requests at a fixed rate (open loop) or from a fixed number of clients (closed loop), and measures them.
import { createAlarm } from './alarm.ts'
import { CallFailure } from './connection.ts'
import type { Connection } from './connection.ts'
import { Exchange } from './exchange.ts'
import { createPool } from './pool.ts'
import { Tally } from './tally.ts'
import type { Target } from './target.ts'

export interface LoadOptions {
  readonly target: Target
  readonly request: Uint8Array
  readonly isStream?: boolean
  /**
   * With `rate`, requests are due at equal intervals whatever the server does, and each latency counts from the moment the
   * request was due: a stall then counts for every request that it delayed (Tene, "How NOT to measure latency").
   */
  readonly shape: { readonly rate: number } | { readonly concurrency: number }
  /** Without it, the load ends after `requests`; with both, at the first of the two. */
  readonly durationMs?: number
  readonly requests?: number
  /** Requests are sent but not measured for this time. */
  readonly warmupMs?: number
  readonly timeoutMs?: number
  /** How long the load waits for requests in flight after the last one was sent. */
  readonly drainMs?: number
  readonly maxConnections?: number
}

export interface Load {
  readonly tally: Tally
  /** Milliseconds since the measurement began, or that it took. */
  elapsedMs(): number
  /** Sends no more requests and abandons those in flight. */
  stop(): void
  readonly done: Promise<void>
}

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_DRAIN_MS = 5000
const DEFAULT_MAX_CONNECTIONS = 8192
const SWEEP_MS = 100
/** Without this pause, clients whose connection is refused would try again as fast as the machine can. */
const CONNECT_PAUSE_MS = 10

export function startLoad(options: LoadOptions): Load {
  const run = new Run(options)
  return { tally: run.tally, elapsedMs: () => run.elapsedMs(), stop: () => run.stop(), done: run.run() }
}

class Run {
  readonly tally = new Tally()
  private readonly options: LoadOptions
  private readonly pool
  private readonly inFlight = new Set<Exchange>()
  private startedAt = performance.now()
  private endedAt: number | undefined
  private endsAt = Infinity
  private sent = 0
  private isStopped = false
  private onIdle: () => void = () => undefined

  constructor(options: LoadOptions) {
    this.options = options
    const defaultConnections = 'concurrency' in options.shape ? options.shape.concurrency : DEFAULT_MAX_CONNECTIONS
    this.pool = createPool(options.target, options.maxConnections ?? defaultConnections)
  }

  elapsedMs(): number {
    return (this.endedAt ?? performance.now()) - this.startedAt
  }

  stop(): void {
    if (this.isStopped) return
    this.isStopped = true
    this.endedAt = performance.now()
    for (const exchange of this.inFlight) exchange.abandon()
    this.pool.close()
  }

  async run(): Promise<void> {
    const { shape, warmupMs = 0, durationMs = Infinity } = this.options
    const sweeper = setInterval(() => this.sweep(), SWEEP_MS)
    this.endsAt = this.startedAt + warmupMs + durationMs
    const warm = warmupMs > 0 ? setTimeout(() => this.beginMeasuring(), warmupMs) : undefined
    await ('rate' in shape ? this.sendAtRate(shape.rate) : this.sendFromClients(shape.concurrency))
    await this.drain()
    clearTimeout(warm)
    clearInterval(sweeper)
    this.stop()
  }

  private beginMeasuring(): void {
    this.tally.clear()
    this.startedAt = performance.now()
    this.sent = 0
  }

  private get maySend(): boolean {
    return !this.isStopped && this.sent < (this.options.requests ?? Infinity)
  }

  private async sendAtRate(rate: number): Promise<void> {
    const intervalMs = 1000 / rate
    const alarm = await createAlarm()
    for (let dueAt = performance.now(); dueAt < this.endsAt && this.maySend; dueAt += intervalMs) {
      await alarm.until(dueAt, () => this.isStopped)
      if (!this.isStopped) void this.call(dueAt)
    }
    alarm.close()
  }

  private async sendFromClients(concurrency: number): Promise<void> {
    const client = async () => {
      while (this.maySend && performance.now() < this.endsAt) await this.call(performance.now())
    }
    const clients = Array.from({ length: concurrency }, client)
    // The clients end by themselves, but one that waits for a stalled response must not delay the end.
    await allWithin(clients, this.endsAt - performance.now())
  }

  private call(dueAt: number): Promise<void> {
    this.sent++
    return new Promise((resolve) => {
      let connection: Connection | undefined
      const exchange = new Exchange(dueAt, this.options.isStream ?? false, this.tally, () => {
        if (connection) this.pool.give(connection)
        this.forget(exchange)
        resolve()
      })
      this.inFlight.add(exchange)
      this.tally.inFlight++
      const begin = (taken: Connection) => {
        if (exchange.isOver) return this.pool.give(taken)
        connection = taken
        exchange.begin(taken, this.options.request)
      }
      const failLater = (thrown: unknown) => setTimeout(() => exchange.fail(asFailure(thrown)), CONNECT_PAUSE_MS)
      try {
        const taken = this.pool.take()
        if (taken instanceof Promise) taken.then(begin, failLater)
        else begin(taken)
      } catch (thrown) {
        failLater(thrown)
      }
    })
  }

  private forget(exchange: Exchange): void {
    this.inFlight.delete(exchange)
    this.tally.inFlight--
    if (this.inFlight.size === 0) this.onIdle()
  }

  private async drain(): Promise<void> {
    if (this.isStopped || this.inFlight.size === 0) return
    const idle = new Promise<void>((resolve) => {
      this.onIdle = resolve
    })
    await allWithin([idle], this.options.drainMs ?? DEFAULT_DRAIN_MS)
  }

  private sweep(): void {
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const now = performance.now()
    for (const exchange of this.inFlight)
      if (now - exchange.dueAt > timeoutMs)
        exchange.fail(new CallFailure('timeout', `no complete response in ${timeoutMs} ms`))
  }
}

/** Waits for all, but not longer than `limitMs`; leaves no timer behind, which would keep the program alive. */
async function allWithin(promises: readonly Promise<void>[], limitMs: number): Promise<void> {
  const all = Promise.all(promises)
  if (!Number.isFinite(limitMs)) return void (await all)
  let timer: Timer | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([all, limit])
  clearTimeout(timer)
}

const asFailure = (thrown: unknown) =>
  thrown instanceof CallFailure ? thrown : new CallFailure('unreachable', String(thrown))
