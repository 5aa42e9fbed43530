import { write } from 'node:fs'

/** The destination of log lines. */
export interface LineSink {
  /** Takes a line with its newline; never waits and never throws. */
  write(line: string): void
  /** Writes what is still in memory; resolves when it is written. */
  drained(): Promise<void>
  /** Lines that were dropped because the reader of the log was too slow. */
  readonly dropped: number
}

const FLUSH_AT_CHARACTERS = 64 * 1024
const FLUSH_EVERY_MS = 100

/** Bounds the memory of a log whose reader has stopped. */
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024

/**
 * Collects lines and writes them in batches, one write at a time. The logger's own stream counts the bytes of each line
 * as it arrives, which costs more than building the line.
 */
export function createLineSink(descriptor: number): LineSink {
  let waiting = ''
  let isWriting = false
  let dropped = 0

  const whenIdle: (() => void)[] = []

  function flush(): void {
    if (isWriting) return
    if (waiting === '') {
      for (const resolve of whenIdle.splice(0)) resolve()
      return
    }
    isWriting = true
    const batch = Buffer.from(waiting)
    waiting = ''
    writeAll(descriptor, batch, 0, () => {
      isWriting = false
      if (waiting.length >= FLUSH_AT_CHARACTERS || whenIdle.length > 0) flush()
    })
  }
  setInterval(flush, FLUSH_EVERY_MS).unref()

  return {
    write(line) {
      if (waiting.length + line.length > MAX_WAITING_CHARACTERS) {
        dropped++
        return
      }
      waiting += line
      if (waiting.length >= FLUSH_AT_CHARACTERS) flush()
    },
    drained() {
      const { promise, resolve } = Promise.withResolvers<void>()
      whenIdle.push(resolve)
      flush()
      return promise
    },
    get dropped() {
      return dropped
    },
  }
}

function writeAll(descriptor: number, batch: Buffer, at: number, done: () => void): void {
  write(descriptor, batch, at, batch.length - at, null, (error, written) => {
    if (!error && at + written < batch.length) writeAll(descriptor, batch, at + written, done)
    else if (error?.code === 'EAGAIN') setTimeout(() => writeAll(descriptor, batch, at, done), 10)
    else done()
  })
}
