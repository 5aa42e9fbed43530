// The cost of reading the top level of a request body, in microseconds: bun bench/micro/scan.ts
import { scanObject } from '../../src/codecs/json/scan.ts'
import { nanosecondsPerCall } from './timing.ts'

const PROSE = 'The quick brown fox jumps over the lazy dog, and then it rests for a while in the shade of a tree.\n'
const CODE = 'const x = "a" + b["key"];\n\tif (s === "y") return\n'

const chat = (content: string) =>
  new TextEncoder().encode(
    JSON.stringify({
      model: 'meta-llama/Llama-3.2-1B-Instruct',
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content },
      ],
      temperature: 0.7,
      max_tokens: 256,
      stream: true,
      stream_options: { include_usage: true },
      user: 'user-12345',
    }),
  )

const filled = (text: string, size: number) => text.repeat(Math.ceil(size / text.length)).slice(0, size)

/** One loop over all bytes of the object: what the scanner, which skips, has to beat. */
function byteLoop(bytes: Uint8Array): number {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return depth
}

const decoder = new TextDecoder()
const METHODS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  scan: (bytes) => scanObject(bytes, 64),
  'JSON.parse': (bytes) => JSON.parse(decoder.decode(bytes)),
  'byte loop': byteLoop,
}

const row = (size: string, text: string, figures: readonly string[]) =>
  size.padEnd(8) + text.padEnd(6) + figures.map((figure) => figure.padStart(12)).join('')

console.log('microseconds per request body')
console.log(row('size', 'text', Object.keys(METHODS)))
for (const size of [1, 32, 256, 1024])
  for (const [name, text] of Object.entries({ prose: PROSE, dense: CODE })) {
    const bytes = chat(filled(text, size * 1024 - 300))
    const figures = Object.values(METHODS).map((method) => (nanosecondsPerCall(() => method(bytes)) / 1000).toFixed(2))
    console.log(row(`${size} KB`, name, figures))
  }
