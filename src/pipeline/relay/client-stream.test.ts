import { afterAll, beforeEach, expect, test } from 'bun:test'
import { Watchdog } from '../../upstream/watchdog.ts'
import { ClientStream } from './client-stream.ts'

const COMMENT = ': keepalive'
const watchdog = new Watchdog(3_600_000) // the test calls check() itself
afterAll(() => watchdog.stop())

let written: string[]
let writeResult: Promise<number> | number
let stream: ClientStream
beforeEach(() => {
  written = []
  writeResult = 1
  stream = new ClientStream(watchdog, { text: COMMENT, afterMs: 300 })
  stream.open({
    write(bytes) {
      written.push(String(bytes))
      return writeResult
    },
    flush: () => {},
    close: () => {},
  })
})

/** Checks every 50 ms of this time, as the watchdog does. */
const check = (fromMs: number, toMs: number) => {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 50) stream.check(nowMs)
}

test('a keep-alive is sent once per pause', () => {
  void stream.write('one')
  check(0, 299)
  expect(written).toEqual(['one'])
  check(300, 300)
  expect(written).toEqual(['one', COMMENT])
  check(350, 1150)
  expect(written).toEqual(['one', COMMENT, COMMENT, COMMENT])
})

test('no keep-alive is sent while the upstream sends data', () => {
  for (let nowMs = 0; nowMs < 3000; nowMs += 250) {
    void stream.write('word')
    check(nowMs, nowMs + 200)
  }
  expect(written).toEqual(Array.from({ length: 12 }, () => 'word'))
})

test('a client that does not read gets no keep-alive; once it has read, it gets one a pause later', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  writeResult = promise
  const drained = stream.write('one')
  check(0, 10_000)
  expect(written).toEqual(['one'])
  writeResult = 1
  resolve(1)
  await drained
  check(10_050, 10_299)
  expect(written).toEqual(['one'])
  check(10_300, 10_350)
  expect(written).toEqual(['one', COMMENT])
})

test('a client that has disconnected gets no keep-alive', () => {
  stream.disconnect()
  check(0, 10_000)
  expect([written, stream.check(10_050)]).toEqual([[], true])
})
