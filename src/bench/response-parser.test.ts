import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MalformedResponse, ResponseParser } from './response-parser.ts'
import { runs } from '../../test/runs.ts'

interface Seen {
  status?: number
  headers?: Record<string, string>
  body: string
  ended: boolean
  keepAlive: boolean
}

/** Feeds the pieces, closes if `close` is set, and returns what the parser reported. */
function parse(pieces: readonly Uint8Array[], close = false): Seen {
  const seen: Seen = { body: '', ended: false, keepAlive: true }
  const parser = new ResponseParser({
    head(head) {
      seen.status = head.status
      seen.headers = Object.fromEntries(head.headers)
    },
    body(bytes) {
      seen.body += Buffer.from(bytes).toString('latin1')
    },
    end() {
      seen.ended = true
    },
  })
  for (const piece of pieces) parser.feed(piece)
  if (close) parser.closed()
  return { ...seen, keepAlive: parser.keepAlive }
}

const whole = (text: string) => [Buffer.from(text, 'latin1')]
const OK = 'HTTP/1.1 200 OK\r\n'

test.each([
  ['a body with a length', `${OK}Content-Length: 5\r\n\r\nhello`, { status: 200, body: 'hello', ended: true }],
  ['an empty body', `${OK}content-length: 0\r\n\r\n`, { body: '', ended: true }],
  ['a status that has no body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, ended: true, keepAlive: true }],
  ['no reason phrase', 'HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n', { status: 429, ended: true }],
  ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, { body: 'abcde', ended: true }],
  [
    'chunk extensions and trailers',
    `${OK}transfer-encoding: chunked\r\n\r\nA;x=1\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n`,
    { body: '0123456789', ended: true },
  ],
  [
    'an early hint before the response',
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}content-length: 2\r\n\r\nok`,
    { status: 200, body: 'ok' },
  ],
  [
    'a repeated header',
    `${OK}a: 1\r\nA:2 \r\ncontent-length: 0\r\n\r\n`,
    { headers: { a: '1, 2', 'content-length': '0' } },
  ],
  ['the last response of a connection', `${OK}connection: close\r\ncontent-length: 0\r\n\r\n`, { keepAlive: false }],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', { keepAlive: false, ended: true }],
  ['an incomplete body', `${OK}content-length: 5\r\n\r\nhel`, { body: 'hel', ended: false }],
])('%s is parsed', (_title, text, expected) => {
  expect(parse(whole(text))).toMatchObject(expected)
})

test('a body without a length ends with the connection', () => {
  expect(parse(whole(`${OK}\r\nall of it`), true)).toMatchObject({ body: 'all of it', ended: true, keepAlive: false })
})

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.2', 'not an HTTP/1.1 response'],
  ['HTTP/2', 'HTTP/2 200 \r\n\r\n', 'not an HTTP/1.1 status line'],
  ['a header without a colon', `${OK}oops\r\n\r\n`, 'not a header'],
  ['a folded header', `${OK}a: 1\r\n b\r\n\r\n`, 'not a header'],
  ['two different lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\n`, 'not a number'],
  ['a length and chunks', `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 'both'],
  ['an unsupported coding', `${OK}transfer-encoding: gzip, chunked\r\n\r\n`, 'not supported'],
  ['an invalid chunk size', `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 'not a chunk size'],
  ['a chunk longer than its size', `${OK}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n`, 'longer than its size'],
  ['bytes after the end', `${OK}content-length: 1\r\n\r\nab`, 'follow the end'],
  ['an endless head', `HTTP/1.1 200 ${'x'.repeat(70_000)}`, 'head is over'],
])('%s is rejected with a reason', (_title, text, reason) => {
  expect(() => parse(whole(text))).toThrow(MalformedResponse)
  expect(() => parse(whole(text))).toThrow(reason)
})

test.each([
  ['in the head', OK],
  ['in a counted body', `${OK}content-length: 5\r\n\r\nhel`],
  ['between chunks', `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`],
])('a connection closed %s is a cut', (_place, text) => {
  expect(() => parse(whole(text), true)).toThrow('before the response had ended')
})

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/).map((name) => `x-${name.toLowerCase()}`)
const body = fc.array(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
)

const response = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    headers: fc.dictionary(token, fc.stringMatching(/^[ -~]{0,20}$/), { maxKeys: 4 }),
    body,
    chunked: fc.boolean(),
  })
  .map(({ status, headers, body, chunked }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const framing = chunked ? 'transfer-encoding: chunked' : `content-length: ${Buffer.concat(body).length}`
    const head = Buffer.from(`HTTP/1.1 ${status} Any\r\n${lines.join('')}${framing}\r\n\r\n`, 'latin1')
    const chunks = body.filter((part) => part.length > 0).map((part) => chunkOf(part))
    return {
      status,
      text: Buffer.concat(body).toString('latin1'),
      bytes: Buffer.concat(chunked ? [head, ...chunks, Buffer.from('0\r\n\r\n')] : [head, ...body]),
    }
  })

const chunkOf = (part: Buffer) =>
  Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length]
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end))
}

test('any split of the bytes at any offset gives the same result', () => {
  fc.assert(
    fc.property(response, fc.array(fc.nat(), { maxLength: 12 }), ({ status, text, bytes }, cuts) => {
      const seen = parse(splitAt(bytes, cuts))
      expect(seen).toEqual(parse([bytes]))
      expect(seen).toMatchObject({ status, body: text, ended: true })
    }),
    runs(),
  )
})

test('a response fed byte by byte is parsed', () => {
  fc.assert(
    fc.property(response, ({ text, bytes }) => {
      expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toMatchObject({ body: text, ended: true })
    }),
    runs(30),
  )
})

test('bytes that are not a response are rejected or incomplete, and cause no other error', () => {
  const almost = fc.string({ maxLength: 40 }).map((text) => Buffer.from(`HTTP/1.1 ${text}\r\n\r\n`))
  fc.assert(
    fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      try {
        parse([Buffer.from(bytes)])
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MalformedResponse)
      }
    }),
    runs(),
  )
})
