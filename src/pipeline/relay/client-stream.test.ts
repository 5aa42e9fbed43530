import { afterAll, beforeEach, expect, test } from 'bun:test'
import { Watchdog } from '../../upstream/watchdog.ts'
import { ClientStream } from './client-stream.ts'

const COMMENT = ': keepalive'
const watchdog = new Watchdog(3_600_000) // the looks are ours
afterAll(() => watchdog.stop())

let written: string[]
let room: Promise<number> | number
let stream: ClientStream
beforeEach(() => {
  written = []
  room = 1
  stream = new ClientStream(watchdog, { text: COMMENT, afterMs: 300 })
  stream.open({
    write(bytes) {
      written.push(String(bytes))
      return room
    },
    flush: () => {},
    close: () => {},
  })
})

/** The watchdog looks every 50 ms of this time. */
const look = (fromMs: number, toMs: number) => {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 50) stream.check(nowMs)
}

test('a silence is broken once in every pause', () => {
  void stream.write('one')
  look(0, 299)
  expect(written).toEqual(['one'])
  look(300, 300)
  expect(written).toEqual(['one', COMMENT])
  look(350, 1150)
  expect(written).toEqual(['one', COMMENT, COMMENT, COMMENT])
})

test('nothing is said while the upstream speaks', () => {
  for (let nowMs = 0; nowMs < 3000; nowMs += 250) {
    void stream.write('word')
    look(nowMs, nowMs + 200)
  }
  expect(written).toEqual(Array.from({ length: 12 }, () => 'word'))
})

test('a client that does not read gets none, and after it has read one a pause later', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  room = promise
  const hasRoom = stream.write('one')
  look(0, 10_000)
  expect(written).toEqual(['one'])
  room = 1
  resolve(1)
  await hasRoom
  look(10_050, 10_299)
  expect(written).toEqual(['one'])
  look(10_300, 10_350)
  expect(written).toEqual(['one', COMMENT])
})

test('nor does one that has left, or whose stream was ended', () => {
  stream.leave()
  look(0, 10_000)
  expect([written, stream.check(10_050)]).toEqual([[], true])
})
