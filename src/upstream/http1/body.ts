import type { UpstreamBody } from './response.ts'

/** Bytes that wait for their reader until the connection is paused. */
const HIGH_WATER_BYTES = 128 * 1024

/** What a body asks of its connection. */
export interface BodySource {
  pause(): void
  resume(): void
  abandon(): void
}

type Waiting = {
  readonly resolve: (bytes: Uint8Array | undefined) => void
  readonly reject: (reason: unknown) => void
}

/** A body that a connection fills. The connection is paused while its reader is slow. */
export class IncomingBody implements UpstreamBody {
  readonly #source: BodySource
  #parts: Buffer[] = []
  #bytes = 0
  #isPaused = false
  /** While all parts are kept until the end: the most that is kept. Otherwise the connection is paused there. */
  #maxBytes = HIGH_WATER_BYTES
  #collects = false
  #waiting: Waiting | undefined
  #state: 'open' | 'complete' | 'broken' = 'open'
  #error: unknown

  constructor(source: BodySource) {
    this.#source = source
  }

  push(part: Buffer): void {
    if (this.#waiting && !this.#collects) {
      const { resolve } = this.#waiting
      this.#waiting = undefined
      return resolve(part)
    }
    this.#parts.push(part)
    this.#bytes += part.length
    if (this.#bytes <= this.#maxBytes) return
    if (this.#collects) return this.#wake()
    if (this.#isPaused) return
    this.#isPaused = true
    this.#source.pause()
  }

  complete(): void {
    this.#state = 'complete'
    if (this.#isPaused) this.#resume() // the next request may be sent before this body is read
    this.#wake()
  }

  break(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'broken'
    this.#error = error
    this.#wake()
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const part = this.#parts.shift()
    if (part) {
      this.#bytes -= part.length
      if (this.#isPaused && this.#bytes === 0) this.#resume()
      return part
    }
    if (this.#state === 'complete') return undefined
    return this.#wait()
  }

  async readAll(maxBytes: number, tooLarge: () => Error): Promise<Uint8Array<ArrayBuffer>> {
    this.#maxBytes = maxBytes
    this.#collects = true
    if (this.#isPaused) this.#resume()
    if (this.#state === 'open' && this.#bytes <= maxBytes) await this.#wait()
    if (this.#bytes > maxBytes) {
      this.cancel()
      throw tooLarge()
    }
    if (this.#state === 'broken') throw this.#error
    const [first] = this.#parts
    return (this.#parts.length === 1 ? first! : Buffer.concat(this.#parts, this.#bytes)) as Uint8Array<ArrayBuffer>
  }

  cancel(): void {
    this.#parts = []
    this.#bytes = 0
    if (this.#state !== 'open') return
    this.#state = 'complete'
    this.#source.abandon()
    this.#wake()
  }

  #resume(): void {
    this.#isPaused = false
    this.#source.resume()
  }

  #wait(): Promise<Uint8Array | undefined> {
    if (this.#state === 'broken') return Promise.reject(this.#error)
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
  }

  /** The end, or too much: whoever waits goes on. */
  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#state === 'broken') waiting?.reject(this.#error)
    else waiting?.resolve(undefined)
  }
}
