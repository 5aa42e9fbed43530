import { write } from 'node:fs'

/** The destination of log lines. */
export interface LineSink {
  /** Takes a line with its newline; never waits and never throws. */
  write(line: string): void
  /** Writes what is still in memory; resolves when it is written. */
  drained(): Promise<void>
  /** Lines that were lost, by reason. */
  readonly dropped: DroppedLines
}

export interface DroppedLines {
  /** The reader of the log was too slow. */
  readonly slowReader: number
  /** The operating system refused the write: the disk is full, or the reader has closed the pipe. */
  readonly writeError: number
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
  const dropped = { slowReader: 0, writeError: 0 }

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
    writeAll(descriptor, batch, 0, (written) => {
      if (written < batch.length) loseRest(batch, written)
      isWriting = false
      if (waiting.length >= FLUSH_AT_CHARACTERS || whenIdle.length > 0) flush()
    })
  }
  /** A line that was written in part is lost too; what follows begins a new line. */
  function loseRest(batch: Buffer, written: number): void {
    dropped.writeError += countLines(batch, written)
    if (written > 0 && batch[written - 1] !== LINE_FEED) waiting = `\n${waiting}`
  }
  setInterval(flush, FLUSH_EVERY_MS).unref()

  return {
    write(line) {
      if (waiting.length + line.length > MAX_WAITING_CHARACTERS) {
        dropped.slowReader += line.split('\n').length - 1 // the lines of a worker arrive several at a time
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
    dropped,
  }
}

const LINE_FEED = 10

function countLines(batch: Buffer, from: number): number {
  let count = 0
  for (let at = batch.indexOf(LINE_FEED, from); at !== -1; at = batch.indexOf(LINE_FEED, at + 1)) count++
  return count
}

/** Calls `done` with the number of bytes that were written: all of them, unless there was an error. */
function writeAll(descriptor: number, batch: Buffer, at: number, done: (written: number) => void): void {
  write(descriptor, batch, at, batch.length - at, null, (error, written) => {
    if (error?.code === 'EAGAIN') return void setTimeout(() => writeAll(descriptor, batch, at, done), 10)
    if (error) return done(at)
    if (at + written < batch.length) writeAll(descriptor, batch, at + written, done)
    else done(batch.length)
  })
}
