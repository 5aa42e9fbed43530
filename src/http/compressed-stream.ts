import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { DirectController } from '../pipeline/call/stream-encoding.ts'
import type { Encoding } from './accept-encoding.ts'

/** Events repeat the ones before them, so a small window compresses as well. It decides the memory of each stream. */
const WINDOW_BITS = 16

/** Brotli finds nothing in earlier events below this quality. */
const BROTLI_QUALITY = 3

/** Each flushes with every write: a `flush()` of its own would be a second turn of the thread, and twice the CPU time. */
const CREATE: Readonly<Record<Encoding, () => Transform>> = {
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH, level: 1 }),
  br: () =>
    createBrotliCompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS },
    }),
  zstd: () =>
    createZstdCompress({
      flush: constants.ZSTD_e_flush,
      params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: WINDOW_BITS },
    }),
}

/**
 * Compresses a stream for the client, and sends each write as soon as it is compressed, in another thread. At most one
 * write is inside if the writer waits for its promise.
 */
export class CompressedStream implements DirectController {
  readonly #client: DirectController
  readonly #compressor: Transform
  readonly #closed = Promise.withResolvers<void>()
  #parts: Uint8Array[] = []
  #compressed: Promise<unknown> = Promise.resolve()
  #isOpen = true

  constructor(encoding: Encoding, client: DirectController) {
    this.#client = client
    this.#compressor = CREATE[encoding]()
    this.#compressor.on('data', (bytes: Uint8Array) => this.#parts.push(bytes))
    this.#compressor.once('end', () => this.#end())
    this.#compressor.once('error', (error) => this.#end(error))
  }

  /** Resolves when the last byte was given to the client's socket, or discarded. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Resolves when the bytes are sent and the client's socket can take more, or the stream is closed. */
  async write(bytes: Uint8Array | string): Promise<number> {
    if (!this.#isOpen) return 0
    const compressed = new Promise<unknown>((done) => this.#compressor.write(bytes, done))
    this.#compressed = compressed
    await Promise.race([compressed, this.closed])
    return this.#send()
  }

  /** Each write is sent by itself. */
  flush(): void {}

  /** What was written before is sent first, in both cases. Does not wait for a client that reads slowly. */
  close(error?: Error): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (error) void this.#reset(error)
    else this.#compressor.end()
  }

  discard(): void {
    this.#isOpen = false
    this.#parts = []
    this.#compressor.destroy()
    this.#closed.resolve()
  }

  async #reset(error: Error): Promise<void> {
    await this.#compressed
    this.#end(error)
  }

  #send(): number | Promise<number> {
    if (this.#parts.length === 0) return 0
    const written = this.#client.write(Buffer.concat(this.#parts))
    this.#parts = []
    this.#client.flush()
    return written
  }

  #end(error?: Error): void {
    void this.#send()
    this.#client.close(error)
    this.discard()
  }
}
