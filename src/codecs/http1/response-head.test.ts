import { describe, expect, test } from 'bun:test'
import { MalformedHttp } from './malformed.ts'
import { readResponseHead } from './response-head.ts'

const head = (...lines: string[]) => readResponseHead(lines.join('\r\n'), 'POST')

describe('how the end of a body is found, and whether the connection can be used again', () => {
  test.each<[title: string, lines: string[], body: unknown, keepsAlive: boolean]>([
    ['a length', ['HTTP/1.1 200 OK', 'content-length: 12'], 12, true],
    ['no length', ['HTTP/1.1 200 OK'], 'until-close', false],
    ['chunks', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], 'chunked', true],
    ['chunks in capitals', ['HTTP/1.1 200 OK', 'TRANSFER-ENCODING:  Chunked '], 'chunked', true],
    ['chunks and a length', ['HTTP/1.1 200 OK', 'content-length: 5', 'transfer-encoding: chunked'], 'chunked', false],
    ['the same length twice', ['HTTP/1.1 200 OK', 'content-length: 5', 'content-length: 5'], 5, true],
    ['the same length in one field', ['HTTP/1.1 200 OK', 'content-length: 5, 5'], 5, true],
    ['no content', ['HTTP/1.1 204 No Content'], 0, true],
    ['no content with a length', ['HTTP/1.1 204 No Content', 'content-length: 5'], 0, true],
    ['not modified', ['HTTP/1.1 304 Not Modified', 'content-length: 5'], 0, true],
    ['the server closes', ['HTTP/1.1 200 OK', 'content-length: 5', 'connection: close'], 5, false],
    ['close in a list', ['HTTP/1.1 200 OK', 'content-length: 5', 'connection: Upgrade, Close'], 5, false],
    [
      'close takes precedence',
      ['HTTP/1.1 200 OK', 'content-length: 5', 'connection: close', 'connection: keep-alive'],
      5,
      false,
    ],
    ['HTTP/1.0', ['HTTP/1.0 200 OK', 'content-length: 5'], 5, false],
    ['HTTP/1.0 that keeps the connection', ['HTTP/1.0 200 OK', 'content-length: 5', 'connection: Keep-Alive'], 5, true],
    ['no reason', ['HTTP/1.1 200', 'content-length: 5'], 5, true],
    ['an empty reason', ['HTTP/1.1 200 ', 'content-length: 5'], 5, true],
  ])('%s', (_title, lines, body, keepsAlive) =>
    expect(head(...lines)).toMatchObject({ status: expect.any(Number), body, keepsAlive }),
  )

  test('the response to HEAD has no body', () =>
    expect(readResponseHead('HTTP/1.1 200 OK\r\ncontent-length: 5', 'HEAD').body).toBe(0))
})

test('fields have names in lower case; several of one name are joined', () => {
  const { headers } = head('HTTP/1.1 200 OK', 'X-A: 1', 'x-b:\t two words \t', 'x-a: 2', 'x-empty:', 'x-colon: a:b')
  expect([
    headers.get('x-a'),
    headers.get('x-b'),
    headers.get('x-empty'),
    headers.get('x-colon'),
    headers.get('x-c'),
  ]).toEqual(['1, 2', 'two words', '', 'a:b', null])
  expect([headers.has('x-a'), headers.has('x-c')]).toEqual([true, false])
  expect([...headers]).toEqual([
    ['x-a', '1, 2'],
    ['x-b', 'two words'],
    ['x-empty', ''],
    ['x-colon', 'a:b'],
  ])
})

describe('what is not HTTP/1.1 is malformed', () => {
  test.each<[title: string, lines: string[]]>([
    ['another protocol', ['SSH-2.0-OpenSSH_9.6']],
    ['HTTP/2', ['HTTP/2 200 OK']],
    ['a version with two digits', ['HTTP/1.10 200 OK']],
    ['a status of two digits', ['HTTP/1.1 20 OK']],
    ['a status of four digits', ['HTTP/1.1 2000 OK']],
    ['a status with a sign', ['HTTP/1.1 +20 OK']],
    ['status zero', ['HTTP/1.1 000 OK']],
    ['nothing', ['']],
    ['a line without a colon', ['HTTP/1.1 200 OK', 'content-length 5']],
    ['a space before the colon', ['HTTP/1.1 200 OK', 'content-length : 5']],
    ['no name', ['HTTP/1.1 200 OK', ': 5']],
    ['a folded line', ['HTTP/1.1 200 OK', 'x-a: 1', ' 2']],
    ['a null byte in a value', ['HTTP/1.1 200 OK', 'x-a: 1\0']],
    ['a line feed in a value', ['HTTP/1.1 200 OK', 'x-a: 1\ncontent-length: 5']],
    ['a carriage return in a value', ['HTTP/1.1 200 OK', 'x-a: 1\rcontent-length: 5']],
    ['a line feed in the status line', ['HTTP/1.1 200 OK\nx-a: 1']],
    ['two lengths', ['HTTP/1.1 200 OK', 'content-length: 5', 'content-length: 6']],
    ['two lengths in one field', ['HTTP/1.1 200 OK', 'content-length: 5, 6']],
    ['a negative length', ['HTTP/1.1 200 OK', 'content-length: -1']],
    ['a length with a sign', ['HTTP/1.1 200 OK', 'content-length: +5']],
    ['a hexadecimal length', ['HTTP/1.1 200 OK', 'content-length: 0x5']],
    ['an empty length', ['HTTP/1.1 200 OK', 'content-length:']],
    ['a huge length', ['HTTP/1.1 200 OK', 'content-length: 99999999999999999999']],
    ['an unknown transfer coding', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip']],
    ['two transfer codings', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked']],
    ['chunked twice', ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', 'transfer-encoding: chunked']],
    ['300 headers', ['HTTP/1.1 200 OK', ...Array.from({ length: 300 }, () => 'x-a: 1')]],
    ['chunks in HTTP/1.0', ['HTTP/1.0 200 OK', 'transfer-encoding: chunked']],
  ])('%s', (_title, lines) => expect(() => head(...lines)).toThrow(MalformedHttp))
})
