import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Seal } from './part.ts'
import { readSeal, sealText, UNSIGNED } from './seal.ts'
import { runs } from '../../test/runs.ts'

test.each<[string, Seal, string]>([
  ['its own', { origin: 'anthropic', signature: 'Er=+/' }, 'Er=+/'],
  ["another's", { origin: 'gemini', signature: 'abc' }, 'sluice.1.gemini.s.abc'],
  ["another's hidden reasoning", { origin: 'openai-responses', data: 'g==' }, 'sluice.1.openai-responses.d.g=='],
  ["nobody's", UNSIGNED, 'sluice.1.none.s.'],
])('%s is written as a text that says whose it is', (_title, seal, text) => {
  expect(sealText(seal, 'anthropic')).toBe(text)
  expect(readSeal(text, 'anthropic')).toEqual(seal)
})

test('any seal comes back as it was, whoever carries it', () =>
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
