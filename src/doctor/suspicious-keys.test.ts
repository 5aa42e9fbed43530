import { expect, test } from 'bun:test'
import { loadConfig } from '../config/load.ts'
import { suspiciousKeys } from './suspicious-keys.ts'

const found = (text: string) =>
  suspiciousKeys(
    loadConfig({
      text,
      file: 'sluice.yaml',
      environment: {},
      readFile: () => '"sk-file"\n',
      providerTypes: ['openai'],
      hasDefaultUrl: () => true,
    }),
  )

const QUOTES = 'begins and ends with quotes. Remove them: they are sent as part of the key.'
const BEARER = 'begins with "Bearer ". Enter the key alone: Sluice adds the word.'

test.each<[text: string, sentences: readonly string[]]>([
  ['providers: { openai: { apiKey: sk-1 } }', []],
  ['providers: { openai: {} }', []],
  [`providers: { openai: { apiKey: "'sk-1'" } }`, [`providers.openai.apiKey ${QUOTES}`]],
  [`providers: { openai: { apiKey: '"sk-1"' } }`, [`providers.openai.apiKey ${QUOTES}`]],
  ['providers: { openai: { apiKey: file:/key } }', [`providers.openai.apiKey ${QUOTES}`]],
  ['providers: { openai: { apiKey: Bearer sk-1 } }', [`providers.openai.apiKey ${BEARER}`]],
  ['providers: { openai: { apiKey: bearer sk-1 } }', [`providers.openai.apiKey ${BEARER}`]],
  [
    `providers: { openai: { apiKey: '"Bearer sk-1"' } }`,
    [`providers.openai.apiKey ${QUOTES}`, `providers.openai.apiKey ${BEARER}`],
  ],
  [`providers: { openai: { headers: { x-key: '"k"' } } }`, [`providers.openai.headers.x-key ${QUOTES}`]],
  ['providers: { openai: { headers: { authorization: Bearer k } } }', []],
  [`access: { masterKey: '"k"' }`, [`access.masterKey ${QUOTES}`]],
  [`access: { masterKey: "a'b" }`, []],
])('%s', (text, sentences) => {
  expect(found(text)).toEqual([...sentences])
})
