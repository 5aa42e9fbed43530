import { describe, expect, test } from 'bun:test'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import fc from 'fast-check'
import { awsEventStreamFrames, awsEventStreamMessage } from './aws-event-stream.ts'
import type { Frame } from './frame.ts'
import { runs } from '../../../test/runs.ts'

const codec = new EventStreamCodec(
  (input) => (typeof input === 'string' ? input : Buffer.from(input).toString()),
  (text) => Buffer.from(text),
)

function read(...chunks: Uint8Array[]): Frame[] {
  const reader = awsEventStreamFrames()
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

type Headers = Parameters<typeof codec.encode>[0]['headers']
const text = (value: string) => ({ type: 'string', value }) as const

/** A message written by AWS's own library. */
const written = (headers: Headers, body = '{}') => codec.encode({ headers, body: Buffer.from(body) })

describe('a message written by the vendor library', () => {
  test.each<[string, Uint8Array, Frame]>([
    [
      'an event',
      written({ ':message-type': text('event'), ':event-type': text('contentBlockDelta') }, '{"a":"ü"}'),
      { name: 'contentBlockDelta', data: '{"a":"ü"}' },
    ],
    [
      'an exception is an error with its name',
      written(
        { ':message-type': text('exception'), ':exception-type': text('throttlingException') },
        '{"message":"x"}',
      ),
      { name: 'throttlingException', data: '{"message":"x"}', isError: true },
    ],
    [
      'an error has its message in a header',
      written(
        { ':message-type': text('error'), ':error-code': text('InternalError'), ':error-message': text('no') },
        '',
      ),
      { name: 'InternalError', data: '{"message":"no"}', isError: true },
    ],
    ['no headers', written({}), { name: undefined, data: '{}' }],
    [
      'headers of every other type',
      written({
        a: { type: 'boolean', value: true },
        b: { type: 'boolean', value: false },
        c: { type: 'byte', value: 1 },
        d: { type: 'short', value: 2 },
        e: { type: 'integer', value: 3 },
        g: { type: 'binary', value: Uint8Array.of(1, 2, 3) },
        h: { type: 'timestamp', value: new Date(0) },
        i: { type: 'uuid', value: '00000000-0000-4000-8000-000000000000' },
        ':event-type': text('x'),
      }),
      { name: 'x', data: '{}' },
    ],
    ['an empty payload', written({ ':event-type': text('x') }, ''), { name: 'x', data: '' }],
  ])('%s', (_title, bytes, frame) => expect(read(bytes)).toEqual([frame]))
})

const frame = fc.record({ name: fc.constantFrom('messageStart', 'chunk'), data: fc.json() })

test('the vendor library reads encoded messages', () =>
  fc.assert(
    fc.property(frame, fc.boolean(), ({ name, data }, isError) => {
      const { headers, body } = codec.decode(awsEventStreamMessage({ name, data, isError }))
      expect(Buffer.from(body).toString()).toBe(data)
      expect(headers[isError ? ':exception-type' : ':event-type']).toEqual(text(name))
      expect(headers[':message-type']).toEqual(text(isError ? 'exception' : 'event'))
    }),
    runs(),
  ))

test('a stream split at every byte has the same events', () =>
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 3 }), (frames) => {
      const bytes = Buffer.concat(frames.map(awsEventStreamMessage))
      for (let at = 0; at <= bytes.length; at++) expect(read(bytes.subarray(0, at), bytes.subarray(at))).toEqual(frames)
      expect(read(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(frames)
    }),
    runs(20),
  ))

test('a view into a larger buffer is read in place', () => {
  const bytes = awsEventStreamMessage({ name: 'x', data: '{}' })
  const within = Buffer.concat([Buffer.alloc(5), bytes, Buffer.alloc(5)]).subarray(5, 5 + bytes.length)
  expect(read(within)).toEqual([{ name: 'x', data: '{}' }])
})

const good = awsEventStreamMessage({ name: 'x', data: '{"a":1}' })

/** The message with other lengths in its prelude and a matching checksum. */
function withLengths(total: number, headers: number): Uint8Array {
  const bytes = Buffer.from(good)
  bytes.writeUInt32BE(total, 0)
  bytes.writeUInt32BE(headers, 4)
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(0, 8)), 8)
  return bytes
}

/** A message with the given headers and matching checksums. */
function withHeaders(headers: Uint8Array): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(12), headers, Buffer.alloc(4)])
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(headers.length, 4)
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(0, 8)), 8)
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

describe('rejected', () => {
  test.each<[string, Uint8Array, string]>([
    ['a page of HTML', Buffer.from('<html><body>Bad gateway</body></html>'), 'a checksum does not match'],
    ['events of text', Buffer.from('data: {"a":1}\n\n'), 'a checksum does not match'],
    ['a length beyond all limits', withLengths(25 * 1024 * 1024, 0), 'it is too long'],
    ['headers beyond all limits', withLengths(1024 * 1024, 200_000), 'it is too long'],
    ['a length of 0', withLengths(0, 0), 'its lengths are inconsistent'],
    ['headers longer than the message', withLengths(good.length, good.length), 'its lengths are inconsistent'],
    ['a header with a truncated name', withHeaders(Uint8Array.of(200, 65)), 'a header is truncated'],
    ['a header with a truncated value', withHeaders(Uint8Array.of(1, 65, 7, 255, 255)), 'a header is truncated'],
    ['a header with a truncated number', withHeaders(Uint8Array.of(1, 65, 5, 0)), 'a header is truncated'],
    ['a header with a truncated length', withHeaders(Uint8Array.of(1, 65, 7, 0)), 'a header has an unknown type'],
    ['a header of an undefined type', withHeaders(Uint8Array.of(1, 65, 99, 0, 0)), 'a header has an unknown type'],
    ['an incomplete message at the end', good.subarray(0, -1), 'in the middle of an event'],
    ['an incomplete prelude at the end', good.subarray(0, 5), 'in the middle of an event'],
  ])('%s', (_title, bytes, why) => expect(() => read(bytes)).toThrow(why))

  test('a message with any bit changed', () => {
    for (let at = 0; at < good.length * 8; at++) {
      const bytes = Buffer.from(good)
      bytes[at >> 3]! ^= 1 << (at & 7)
      expect(() => read(bytes)).toThrow(/checksum|too long|lengths|middle/)
    }
  })
})
