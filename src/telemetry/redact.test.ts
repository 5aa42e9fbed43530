import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { growth, LINEAR } from '../../test/growth.ts'
import { redact } from './redact.ts'
import { runs } from '../../test/runs.ts'

describe('text that looks like a key is redacted', () => {
  test.each([
    ['Incorrect API key provided: sk-abc123def456.', 'Incorrect API key provided: [redacted]'],
    ['sk-proj-abc_DEF-123456', '[redacted]'],
    ['key gsk_abcdefgh12345 is bad', 'key [redacted] is bad'],
    ['xai-abcdefgh12345', '[redacted]'],
    ['hf_abcdefghijk, pplx-abcdefghijk', '[redacted], [redacted]'],
    ['SK-ABCDEFGH', '[redacted]'],
    ['authorization: Bearer abc.def-ghi', 'authorization: [redacted]'],
    ['bearer   YWJjZGVmZ2g=', '[redacted]'],
    ['AIzaSyA1234567890123456789012345', '[redacted]'],
    ['a token ya29.c.b0AXv0zTN-x_y1 of Google', 'a token [redacted] of Google'],
    ['a -----BEGIN PRIVATE KEY-----\nMIIEvQ+/=\n-----END PRIVATE KEY----- b', 'a [redacted] b'],
    ['-----BEGIN RSA PRIVATE KEY-----\\nMIIEvQ', '[redacted]'],
    ['token eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl end', 'token [redacted] end'],
    ['https://host/v1?alt=sse&key=0123456789&x=1', 'https://host/v1?alt=sse&key=[redacted]&x=1'],
    ['https://host/v1?api-key=short', 'https://host/v1?api-key=[redacted]'],
    ['"api_key": "0123456789abcdef"', '"api_key": "[redacted]"'],
    ['api-key: 0123456789abcdef', 'api-key: [redacted]'],
    ['Incorrect API key provided: 0123****cdef', 'Incorrect API key provided: [redacted]'],
  ])('%s', (text, clean) => expect(redact(text)).toBe(clean))
})

test.each([
  'The model `gpt-4o-mini` does not exist.',
  'Connection to http://10.0.0.1:8000/v1/chat/completions was reset',
  'No API key. Send it as "Authorization: Bearer KEY"',
  'a risk-averse desk-bound task-runner',
  'request 8d7f0c7e-3f4a-4b57-9d0e-1c2b3a4d5e6f took 12.5 ms',
  '',
])('%p is unchanged', (text) => expect(redact(text)).toBe(text))

const keyText = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 12, maxLength: 60 })
  .map((text) => `a${text}9`)
const key = fc.oneof(
  fc.tuple(fc.constantFrom('sk-', 'sk-ant-', 'gsk_', 'xai-', 'hf_', 'pplx-', 'csk-', 'fw_', 'tgp_'), keyText),
  fc.tuple(
    fc.constantFrom('AIzaSy'),
    fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 30, maxLength: 40 }),
  ),
)
const around = fc.tuple(fc.string({ unit: 'binary' }), fc.constantFrom(' ', '"', ':', '(', '\n', '=', '/', "'", ','))

test('a key is redacted in any context', () => {
  fc.assert(
    fc.property(around, key, around, ([before, left], [prefix, secret], [after, right]) =>
      expect(redact(before + left + prefix + secret + right + after)).not.toContain(secret),
    ),
    runs(),
  )
})

test.each(['eyJ-', 'eyJaaaaaaaa.', 'sk-', 'Bearer ', 'api key: ', 'AIza', '?key=', '"'])(
  'redaction is linear for hostile text: %p repeated',
  (piece) => {
    expect(growth(10_000, (length) => piece.repeat(length / piece.length), redact)).toBeLessThan(LINEAR)
  },
)
