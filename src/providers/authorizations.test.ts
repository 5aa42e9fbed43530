import { expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'
import { Authorizations } from './authorizations.ts'

test.each(['openai', 'vllm'])('a key in a header is all that %s needs', (type) => {
  const [config] = configFrom({ providers: { p: { type, baseUrl: 'http://h', apiKey: 'k' } } }).providers
  expect(new Authorizations().for(config!)).toBeUndefined()
})
