// A stream through the whole chain, from the upstream's bytes to the client's: the same for every split into packets.
import { describe, expect, test } from 'bun:test'
import { Losses } from '../../src/formats/translation/losses.ts'
import { answerFacts, testedFormat, pairs } from './tested-formats.ts'
import { type RecordedResponse, recordedResponses } from './recordings.ts'

/** What the client receives if the upstream's stream arrives in these pieces. */
function relay(client: string, upstream: string, pieces: readonly Uint8Array[]): string {
  const from = testedFormat(upstream).format
  const [frames, decoder] = [from.createFrames(), from.createDecoder()]
  const encoder = testedFormat(client).format.createEncoder(answerFacts(client), new Losses())
  let text = ''
  const read = (some: ReturnType<typeof frames.push>) => {
    for (const frame of some) for (const event of decoder.push(frame)) text += encoder.push(event)
  }
  for (const piece of pieces) read(frames.push(piece))
  read(frames.end())
  for (const event of decoder.end()) text += encoder.push(event)
  return text + encoder.end()
}

/** The shortest streams, including one with tool calls: each is read once per byte. */
function shortest(upstream: string): RecordedResponse[] {
  const streams = recordedResponses(upstream)
    .filter(({ bytes }) => bytes !== undefined)
    .toSorted((a, b) => a.bytes!.length - b.bytes!.length)
  const calling = streams.find(({ file }) => file.includes('tool'))
  return [...new Set([...streams.slice(0, 2), ...(calling ? [calling] : [])])]
}

/** At most this many cuts, so that a long stream costs no more than a short one. */
const MAX_CUTS = 400

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  test.each(shortest(upstream).map(({ file, bytes }) => [file, bytes!] as const))('%s', (_file, bytes) => {
    const whole = relay(client, upstream, [bytes])
    const step = Math.ceil(bytes.length / MAX_CUTS)
    for (let at = 1; at < bytes.length; at += step)
      expect(relay(client, upstream, [bytes.subarray(0, at), bytes.subarray(at)])).toBe(whole)
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))
    expect(relay(client, upstream, single)).toBe(whole)
  })
})
