import { expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'
import { Authorizations } from './authorizations.ts'

test.each(['openai', 'vllm'])('%s needs no authorization but the key in a header', (type) => {
  const [config] = configFrom({ providers: { p: { type, baseUrl: 'http://h', apiKey: 'k' } } }).providers
  expect(new Authorizations().for(config!)).toBeUndefined()
})
