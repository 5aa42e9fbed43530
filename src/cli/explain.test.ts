import { describe, expect, test } from 'bun:test'
import { explainTranslate } from './explain.ts'

const chat = (more: object = {}) =>
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello.' }], ...more })
const toAnthropic = { from: 'openai-chat', to: 'anthropic', model: 'claude-sonnet-4-5' }

test("an exact translation prints the upstream's request and no losses", () => {
  const { request, remarks, exitCode } = explainTranslate(chat({ max_tokens: 9 }), toAnthropic)
  expect(JSON.parse(request!)).toEqual({
    model: 'claude-sonnet-4-5',
    max_tokens: 9,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello.' }] }],
  })
  expect({ remarks, exitCode }).toEqual({ remarks: [], exitCode: 0 })
})

test('a name that the upstream does not accept is shown as it is sent', () => {
  const tools = [{ type: 'function', function: { name: 'files.read', parameters: { type: 'object' } } }]
  const { request, remarks } = explainTranslate(chat({ tools }), toAnthropic)
  expect(JSON.parse(request!)).toMatchObject({ tools: [{ name: expect.stringMatching(/^[a-zA-Z0-9_-]+$/) }] })
  expect(remarks).toEqual([])
})

test('losses are listed', () => {
  const { request, remarks, exitCode } = explainTranslate(chat({ seed: 5 }), toAnthropic)
  expect(request).toBeString()
  expect(remarks).toEqual([expect.stringContaining('seed')])
  expect(exitCode).toBe(0)
})

describe('the request is rejected with a reason', () => {
  test.each<[string, string, object, string]>([
    ['invalid JSON', '{', {}, 'not valid JSON'],
    ['a JSON value that is not a request', '[]', {}, 'must be an object'],
    ['a field of the wrong type', chat({ messages: 5 }), {}, 'messages'],
    ['a field whose loss would change the meaning', chat({ n: 2 }), {}, 'n:'],
    ['a loss with --strict', chat({ seed: 5 }), { strict: true }, 'seed'],
  ])('%s', (_title, input, options, why) => {
    const explained = explainTranslate(input, { ...toAnthropic, ...options })
    expect({ ...explained, remarks: [] }).toEqual({ request: undefined, remarks: [], exitCode: 1 })
    expect(explained.remarks.join('\n')).toContain(why)
  })
})
