import { write } from 'node:fs'

/** Where log lines go. */
export interface LineSink {
  /** Takes a line with its newline; never waits and never throws. */
  write(line: string): void
  /** Writes what is still in memory; resolves when it is out. */
  drained(): Promise<void>
  /** Lines that were lost because nobody read fast enough. */
  readonly dropped: number
}

const FLUSH_AT_CHARACTERS = 64 * 1024
const FLUSH_EVERY_MS = 100

/** A log whose reader has stopped must cost a bounded amount of memory, not the gateway. */
const MOST_WAITING_CHARACTERS = 16 * 1024 * 1024

/**
 * Collects lines and writes them many at a time, one write under way. The usual stream for this counts the bytes of each
 * line as it comes, which costs more than making the line.
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
      if (waiting.length + line.length > MOST_WAITING_CHARACTERS) {
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
