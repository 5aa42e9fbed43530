import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import type { Encoding } from './accept-encoding.ts'
import { CompressedStream } from './compressed-stream.ts'

const DECOMPRESSORS = { gzip: createGunzip, br: createBrotliDecompress, zstd: createZstdDecompress }

describe.each(['gzip', 'br', 'zstd'] as const)('%s', (encoding: Encoding) => {
  let history: string[]
  let socket: number | Promise<number>
  let stream: CompressedStream
  let decompressor: ReturnType<typeof createGunzip>
  let arrived = Promise.withResolvers<string>()
  beforeEach(() => {
    history = []
    socket = 1
    arrived = Promise.withResolvers()
    decompressor = DECOMPRESSORS[encoding]() as ReturnType<typeof createGunzip>
    decompressor.on('data', (bytes: Buffer) => {
      arrived.resolve(bytes.toString())
      arrived = Promise.withResolvers()
    })
    stream = new CompressedStream(encoding, {
      write(bytes) {
        history.push('write')
        decompressor.write(bytes)
        return socket
      },
      flush: () => void history.push('flush'),
      close: (error) => void history.push(error ? `close: ${error.message}` : 'close'),
    })
  })
  afterEach(() => {
    stream.discard()
    decompressor.destroy()
  })

  test('each write is one write to the client, and can be decompressed before the next', async () => {
    for (const text of ['data: one\n\n', 'data: two\n\n', `data: ${'three '.repeat(20_000)}`.slice(0, 16_000)]) {
      const { promise } = arrived
      await stream.write(text)
      expect(await promise).toBe(text)
    }
    expect(history).toEqual(['write', 'flush', 'write', 'flush', 'write', 'flush'])
  })

  test('a large write is one write to the client', async () => {
    await stream.write(crypto.getRandomValues(new Uint8Array(60_000)))
    expect(history).toEqual(['write', 'flush'])
  })

  test('a write waits for the socket, and the next one does not pass it', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    socket = promise
    const order: string[] = []
    const written = stream.write('one').then(() => order.push('written'))
    while (history.length < 2) await new Promise(setImmediate)
    order.push('drained')
    resolve(1)
    await written
    expect(order).toEqual(['drained', 'written'])
  })

  test('close sends what was written, ends the stream and frees the compressor', async () => {
    const { promise } = arrived
    void stream.write('last')
    stream.close()
    await stream.closed
    expect(await promise).toBe('last')
    expect(history.at(-1)).toBe('close')
    decompressor.end()
    await new Promise((resolve) => decompressor.once('end', resolve)) // it has the end of the format
  })

  test('an error resets the connection after what was written', async () => {
    const { promise } = arrived
    void stream.write('last')
    stream.close(new Error('incomplete'))
    await stream.closed
    expect(await promise).toBe('last')
    expect(history).toEqual(['write', 'flush', 'close: incomplete'])
  })

  test('an error does not wait for a socket that is full', async () => {
    socket = new Promise(() => {})
    void stream.write('one')
    while (history.length < 2) await new Promise(setImmediate)
    stream.close(new Error('incomplete'))
    await stream.closed
    expect(history.at(-1)).toBe('close: incomplete')
  })

  test('after a disconnect nothing is sent, and no write waits', async () => {
    const written = stream.write('lost')
    stream.discard()
    expect(await written).toBe(0)
    expect(await stream.write('more')).toBe(0)
    stream.close()
    stream.close(new Error('late'))
    await stream.closed
    expect(history).toEqual([])
  })
})
