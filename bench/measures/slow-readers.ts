// Memory of a baseline whose clients read far more slowly than the upstream writes.
import { connect, type Socket } from 'node:net'
import { residentMb } from '../processes.ts'
import { CALL, type Baseline } from '../baselines.ts'
import { type Bench, inRounds, medians, withBaselines } from '../rounds.ts'
import type { Row } from '../row.ts'

const READERS = 200
const BYTES_PER_SECOND = 1024
/** Long enough that the buffers of every socket are full. */
const WATCH_MS = 12_000
const LOOK_EVERY_MS = 250

export async function measureSlowReaders(bench: Bench): Promise<Row[]> {
  return withBaselines(bench, ['nginx', 'relay stream', 'gateway'], async (baselines) => {
    const peaks = await inRounds(baselines, 1, watchSlowReaders)
    return [
      {
        name: `resident memory, ${READERS} readers at 1 KB/s`,
        unit: 'MB',
        values: medians(peaks, (mb) => mb),
        bound: { type: 'below', most: 400 },
      },
    ]
  })
}

/** The maximum resident megabytes of the baseline while they read. */
async function watchSlowReaders({ name, port, pid }: Baseline): Promise<number> {
  const readers = Array.from({ length: READERS }, () => new SlowReader(port))
  const turn = setInterval(() => readers.forEach((reader) => reader.read()), 1000)
  let mb = 0
  try {
    for (let watchedMs = 0; watchedMs < WATCH_MS; watchedMs += LOOK_EVERY_MS) {
      await Bun.sleep(LOOK_EVERY_MS)
      mb = Math.max(mb, residentMb(pid!))
    }
    const served = readers.filter((reader) => reader.bytes > BYTES_PER_SECOND).length
    if (served < READERS) throw new Error(`${name}: ${served} of ${READERS} readers were served`)
    return mb
  } finally {
    clearInterval(turn)
    for (const reader of readers) reader.stop()
  }
}

/** Reads a fixed number of bytes per second from its socket, and leaves the rest unread. */
class SlowReader {
  readonly #socket: Socket
  bytes = 0

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', readableHighWaterMark: BYTES_PER_SECOND } as never)
    this.#socket.on('error', () => {})
    this.#socket.on('readable', () => {}) // paused mode: bytes wait until `read` is called
    this.#socket.write(REQUEST)
  }

  read(): void {
    const bytes = this.#socket.read(BYTES_PER_SECOND) as Buffer | null
    this.bytes += bytes?.length ?? 0
  }

  stop(): void {
    this.#socket.destroy()
  }
}

const BODY = JSON.stringify({
  model: CALL.model,
  stream: true,
  max_tokens: 10_000_000,
  messages: [{ role: 'user', content: 'hello' }],
})
const REQUEST = [
  `POST ${CALL.path} HTTP/1.1`,
  'host: 127.0.0.1',
  `authorization: Bearer ${CALL.key}`,
  'content-type: application/json',
  `content-length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n')
