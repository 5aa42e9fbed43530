// The cost of finding the boundaries of events, in nanoseconds per event: bun bench/micro/events.ts. The result must not
// depend on the length of a stream or of an event; otherwise something is quadratic.
import { EventTail } from '../../src/codecs/framing/event-tail.ts'
import { EventSplitter } from '../../src/codecs/framing/events.ts'

const KB = 1024
const TINY = 'data: {"choices":[]}\n\n'
const TOKEN = `data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":" harbour"}}]}${' '.repeat(120)}\n\n`
const CRLF = TINY.replaceAll('\n', '\r\n')

function measure(title: string, event: string, events: number, chunkBytes: number): void {
  const bytes = Buffer.from(event.repeat(events))
  const splitter = new EventSplitter()
  const tail = new EventTail()
  Bun.gc(true)
  const startedNs = Bun.nanoseconds()
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const whole = splitter.push(bytes.subarray(at, at + chunkBytes))
    if (whole) tail.push(whole)
  }
  const ns = Bun.nanoseconds() - startedNs
  const perEvent = (ns / events).toFixed(events === 1 ? 0 : 1)
  console.log(`${title.padEnd(46)} ${perEvent.padStart(12)} ns/event ${(ns / 1e6).toFixed(0).padStart(6)} ms`)
}

measure('warm-up', TINY, 100_000, 1000)
for (const events of [100_000, 1_000_000]) {
  measure(`${events} tiny events, packets of 64 KB`, TINY, events, 64 * KB)
  measure(`${events} tiny events, packets of 1 KB`, TINY, events, KB)
  measure(`${events} tiny events with CRLF, packets of 1 KB`, CRLF, events, KB)
  measure(`${events} tiny events, one packet each`, TINY, events, TINY.length)
}
measure('1000000 tokens, one packet each', TOKEN, 1_000_000, TOKEN.length)
for (const mb of [1, 10, 30]) {
  const event = `data: ${'x'.repeat(mb * KB * KB)}\n\n`
  measure(`one event of ${mb} MB, packets of 64 KB`, event, 1, 64 * KB)
  measure(`one event of ${mb} MB, packets of 100 bytes`, event, 1, 100)
}
measure('one event of 1 MB, byte by byte', `data: ${'x'.repeat(KB * KB)}\n\n`, 1, 1)
