import { expect, test } from 'bun:test'
import { Losses } from '../../translation/losses.ts'
import { decodeTokenCount, encodeCountRequest, encodeTokenCount } from './count-tokens.ts'
import { decodeRequest } from './decode-request.ts'

const FACTS = { model: undefined, stream: undefined }
const target = { model: 'claude-opus-4-6', baseModel: 'claude-opus-4-6', capabilities: new Set<never>() }

test('a count request contains the prompt, not the fields for the response', () => {
  const prompt = { system: 's', messages: [{ role: 'user', content: 'a' }], tools: [{ name: 'f', input_schema: {} }] }
  const request = decodeRequest({ model: 'm', ...prompt, max_tokens: 5, temperature: 0, stream: true }, FACTS)
  const body: unknown = JSON.parse(JSON.stringify(encodeCountRequest(request, target, new Losses())))
  expect(body).toEqual({ model: 'claude-opus-4-6', ...prompt })
})

test('a token count is read and written', () => {
  expect(decodeTokenCount(encodeTokenCount(7))).toBe(7)
  expect(() => decodeTokenCount({})).toThrow('input_tokens is missing')
})
