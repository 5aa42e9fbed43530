import { expect, test } from 'bun:test'
import { hasBrokenEvent } from './broken-event.ts'

const CHUNK = 'data: {"choices":[{"delta":{"content":"hi {"}}]}\n\n'
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

test.each([
  ['one chunk', CHUNK],
  ['several chunks, comments and [DONE]', `: wait\n\n${CHUNK}${CHUNK}data: [DONE]\n\n`],
  ['no space after the colon', 'data:{"choices":[]}\n\n'],
  ['lines that end in CR LF', CHUNK.replaceAll('\n', '\r\n')],
  ['lines that end in CR', CHUNK.replaceAll('\n', '\r')],
  ['data in two lines', 'data: {"choices":\ndata: []}\n\n'],
  ['fields around the data', 'event: chunk\nid: 4\ndata: {"choices":[]}\nretry: 5\n\n'],
  ['data that is not an object', 'data: keep-alive\n\n'],
  ['no events', ''],
])('valid: %s', (_title, text) => expect(hasBrokenEvent(bytes(text))).toBe(false))

test.each([
  ['an incomplete chunk', 'data: {"choices":[{"de\n\n'],
  ['an incomplete chunk after a complete one', `${CHUNK}data: {"choices":[{"de\n\n`],
  ['an incomplete chunk before a complete one', `data: {"choices":[{"de\n\n${CHUNK}`],
  ['a chunk with bytes missing in the middle', 'data: {"choices":[{"deent":"hi"}}]}\n\n'],
  ['no space after the colon', 'data:{"choices":[{"de\n\n'],
  ['lines that end in CR LF', 'data: {"choices":[{"de\r\n\r\n'],
  ['lines that end in CR', 'data: {"choices":[{"de\r\r'],
  ['an incomplete [DONE]', `${CHUNK}data: [\n\n`],
  ['the second of two lines missing', 'data: {"choices":\nid: 4\n\n'],
])('broken: %s', (_title, text) => expect(hasBrokenEvent(bytes(text))).toBe(true))
