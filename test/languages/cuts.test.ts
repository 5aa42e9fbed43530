// A stream through the whole chain, from the upstream's bytes to the client's: the same wherever the network cuts it.
import { describe, expect, test } from 'bun:test'
import { Losses } from '../../src/formats/translation/losses.ts'
import { anybody, language, pairs } from './languages.ts'
import { type RecordedAnswer, recordedAnswers } from './recordings.ts'

/** What the client gets of an upstream's stream that comes in the pieces given. */
function relay(client: string, upstream: string, pieces: readonly Uint8Array[]): string {
  const from = language(upstream).format
  const [frames, decoder] = [from.createFrames(), from.createDecoder()]
  const encoder = language(client).format.createEncoder(anybody(client), new Losses())
  let text = ''
  const read = (some: ReturnType<typeof frames.push>) => {
    for (const frame of some) for (const event of decoder.push(frame)) text += encoder.push(event)
  }
  for (const piece of pieces) read(frames.push(piece))
  read(frames.end())
  for (const event of decoder.end()) text += encoder.push(event)
  return text + encoder.end()
}

/** The shortest streams, one that calls tools among them: each is read as often as it has bytes. */
function shortest(upstream: string): RecordedAnswer[] {
  const streams = recordedAnswers(upstream)
    .filter(({ bytes }) => bytes !== undefined)
    .toSorted((a, b) => a.bytes!.length - b.bytes!.length)
  const calling = streams.find(({ file }) => file.includes('tool'))
  return [...new Set([...streams.slice(0, 2), ...(calling ? [calling] : [])])]
}

/** At most this many cuts, so that a long stream costs no more than a short one. */
const MOST_CUTS = 400

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  test.each(shortest(upstream).map(({ file, bytes }) => [file, bytes!] as const))('%s', (_file, bytes) => {
    const whole = relay(client, upstream, [bytes])
    const step = Math.ceil(bytes.length / MOST_CUTS)
    for (let at = 1; at < bytes.length; at += step)
      expect(relay(client, upstream, [bytes.subarray(0, at), bytes.subarray(at)])).toBe(whole)
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))
    expect(relay(client, upstream, single)).toBe(whole)
  })
})
