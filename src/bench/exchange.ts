// One request, from the moment it was due to the last byte of its response.
import { CallFailure } from './connection.ts'
import type { Connection, Receiver } from './connection.ts'
import type { ResponseHead } from './response-parser.ts'
import { StreamWatch } from './stream-watch.ts'
import type { Tally } from './tally.ts'

const KEPT_ERROR_BYTES = 2048

/** Records its result in the tally. Its clock is `performance.now`, in milliseconds. */
export class Exchange implements Receiver {
  readonly dueAt: number
  isOver = false
  private readonly tally: Tally
  private readonly watch: StreamWatch | undefined
  private readonly onEnd: () => void
  private connection: Connection | undefined
  private status = 0
  private lastChunkAt = 0
  private errorBody = ''

  constructor(dueAt: number, isStream: boolean, tally: Tally, onEnd: () => void) {
    this.dueAt = dueAt
    this.tally = tally
    this.watch = isStream ? new StreamWatch() : undefined
    this.onEnd = onEnd
  }

  begin(connection: Connection, request: Uint8Array): void {
    this.connection = connection
    connection.send(request, this)
  }

  head({ status, headers }: ResponseHead): void {
    this.status = status
    const type = headers.get('content-type') ?? 'none'
    if (this.watch && status === 200 && !type.startsWith('text/event-stream'))
      this.fail(new CallFailure('not a stream', `the response to a streaming request has content-type ${type}`))
  }

  body(bytes: Uint8Array): void {
    this.tally.receivedBytes += bytes.length
    if (this.status >= 400) this.keepError(bytes)
    else if (this.watch) this.readStream(this.watch.feed(bytes))
  }

  end(): void {
    const failure = this.findFailure()
    if (failure) return this.fail(failure)
    if (this.isOver) return
    this.tally.latency.record(microsSince(this.dueAt))
    this.over()
  }

  fail(failure: CallFailure): void {
    if (this.isOver) return
    this.tally.recordFailure(failure)
    this.over()
    if (failure.kind === 'not a stream' || failure.kind === 'timeout') this.connection?.close()
  }

  /** The load ended before this request did. */
  abandon(): void {
    if (this.isOver) return
    this.tally.unfinished++
    this.over()
    this.connection?.close()
  }

  private over(): void {
    this.isOver = true
    this.onEnd()
  }

  private readStream(count: number): void {
    if (count === 0 || this.isOver) return
    const now = performance.now()
    if (this.lastChunkAt === 0) {
      this.tally.firstToken.record((now - this.dueAt) * 1000)
      this.tally.chunks++
      if (count > 1) this.tally.recordChunks(count - 1, 0)
    } else this.tally.recordChunks(count, (now - this.lastChunkAt) * 1000)
    this.lastChunkAt = now
  }

  private findFailure(): CallFailure | undefined {
    if (this.status >= 300) return new CallFailure(`status ${this.status}`, this.errorBody.replaceAll(/\s+/g, ' '))
    const progress = this.watch?.progress
    if (progress?.error !== undefined) return new CallFailure('error event', progress.error)
    if (progress && !progress.finished)
      return new CallFailure('cut short', `the stream ended after ${progress.chunks} chunks without [DONE] or a finish`)
    return undefined
  }

  private keepError(bytes: Uint8Array): void {
    if (this.errorBody.length < KEPT_ERROR_BYTES) this.errorBody += Buffer.from(bytes).toString().slice(0, 300)
  }
}

const microsSince = (start: number) => (performance.now() - start) * 1000
