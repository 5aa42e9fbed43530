import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Seal } from './part.ts'
import { readSeal, sealText, UNSIGNED } from './seal.ts'
import { runs } from '../../test/runs.ts'

test.each<[string, Seal, string]>([
  ['a seal of the same origin', { origin: 'anthropic', signature: 'Er=+/' }, 'Er=+/'],
  ['a seal of another origin', { origin: 'gemini', signature: 'abc' }, 'sluice.1.gemini.s.abc'],
  [
    'hidden reasoning of another origin',
    { origin: 'openai-responses', data: 'g==' },
    'sluice.1.openai-responses.d.g==',
  ],
  ['the placeholder for unsigned reasoning', UNSIGNED, 'sluice.1.none.s.'],
])('%s is written as a text that names its origin', (_title, seal, text) => {
  expect(sealText(seal, 'anthropic')).toBe(text)
  expect(readSeal(text, 'anthropic')).toEqual(seal)
})

test('any seal is read back as it was, whichever format carries it', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('a', 'openai-responses'),
      fc.string(),
      fc.constantFrom('a', 'b'),
      (origin, blob, own) => {
        fc.pre(!blob.startsWith('sluice.1.'))
        const seal: Seal = { origin, signature: blob }
        expect(readSeal(sealText(seal, own), own)).toEqual(seal)
      },
    ),
    runs(),
  ))
