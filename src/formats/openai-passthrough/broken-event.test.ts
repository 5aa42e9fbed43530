import { expect, test } from 'bun:test'
import { hasBrokenEvent } from './broken-event.ts'

const CHUNK = 'data: {"choices":[{"delta":{"content":"hi {"}}]}\n\n'
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

test.each([
  ['one chunk', CHUNK],
  ['several, comments and the end', `: wait\n\n${CHUNK}${CHUNK}data: [DONE]\n\n`],
  ['no space after the colon', 'data:{"choices":[]}\n\n'],
  ['lines that end in CR LF', CHUNK.replaceAll('\n', '\r\n')],
  ['lines that end in CR', CHUNK.replaceAll('\n', '\r')],
  ['data in two lines', 'data: {"choices":\ndata: []}\n\n'],
  ['fields around the data', 'event: chunk\nid: 4\ndata: {"choices":[]}\nretry: 5\n\n'],
  ['words that are no object', 'data: keep-alive\n\n'],
  ['nothing', ''],
])('whole: %s', (_title, text) => expect(hasBrokenEvent(bytes(text))).toBe(false))

test.each([
  ['the front half of a chunk', 'data: {"choices":[{"de\n\n'],
  ['a half after a whole one', `${CHUNK}data: {"choices":[{"de\n\n`],
  ['a half before a whole one', `data: {"choices":[{"de\n\n${CHUNK}`],
  ['a hole in the middle', 'data: {"choices":[{"deent":"hi"}}]}\n\n'],
  ['no space after the colon', 'data:{"choices":[{"de\n\n'],
  ['lines that end in CR LF', 'data: {"choices":[{"de\r\n\r\n'],
  ['lines that end in CR', 'data: {"choices":[{"de\r\r'],
  ['the front half of the end', `${CHUNK}data: [\n\n`],
  ['the second of two lines missing', 'data: {"choices":\nid: 4\n\n'],
])('broken: %s', (_title, text) => expect(hasBrokenEvent(bytes(text))).toBe(true))
