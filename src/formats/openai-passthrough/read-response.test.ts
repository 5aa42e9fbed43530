import { describe, expect, test } from 'bun:test'
import { type Answer, readResponse } from './read-response.ts'
import { readUsage } from './read-usage.ts'

const read = (text: string): Answer => readResponse(Buffer.from(text))
const CHOICES = '"choices":[{"message":{"content":"hi"}}]'
const answer = { type: 'answer', usage: undefined } as const

describe('an invalid response', () => {
  test.each([
    ['an empty body', '', 'is empty'],
    ['an HTML page', '<html><body>Bad gateway</body></html>', 'is not complete JSON'],
    ['a list', '[]', 'is not complete JSON'],
    ['a truncated response', `{${CHOICES},"usa`, 'is not complete JSON'],
    ['a response with text after it', `{${CHOICES}}x`, 'is not complete JSON'],
    ['a response with bytes missing', '{"choices":[{"message":"hi"}}]}', 'is not complete JSON'],
    ['a response with one byte missing', '{"choices":[{"message" "hi"}]}', 'is not JSON'],
  ])('%s', (_title, text, reason) => expect(read(text)).toEqual({ type: 'malformed', reason }))
})

describe('an error with status 200 is an error', () => {
  test.each([
    ['{"error":{"message":"no","type":"t","code":"c"}}', { message: 'no', type: 't', code: 'c', isEnvelope: true }],
    ['{"error":"no","code":429}', { message: 'no', code: '429', status: 429 }],
    ['{"error":{}}', answer],
    ['{"object":"error","message":"no","code":400}', { message: 'no', status: 400 }],
    ['{ "object" : "error" , "message" : "no" }', { message: 'no' }],
    [`{${CHOICES},"error":{"message":"half way","code":502}}`, { message: 'half way', status: 502 }],
  ])('%s', (text, expected) => {
    const found = read(text)
    expect(found.type === 'error' ? found.error : found).toMatchObject(expected)
  })

  test.each([
    `{${CHOICES},"error":null}`,
    `{${CHOICES},"error":""}`,
    `{${CHOICES},"error":false}`,
    `{"object":"chat.completion",${CHOICES}}`,
    '{"choices":[{"message":{"content":"\\"error\\": {\\"message\\": 1}"}}]}',
    '{"choices":[{"error":{"message":"deeper down"}}]}',
    '{}',
  ])('%s is not an error', (text) => expect(read(text)).toEqual(answer))
})

describe('usage', () => {
  test.each([
    [
      'OpenAI',
      '{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}',
      { input: 9, cached: undefined, output: 3 },
    ],
    [
      'cached tokens as reported by OpenAI',
      '{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}',
      { input: 9, cached: 4, output: 3 },
    ],
    [
      'cached tokens as reported by DeepSeek',
      '{"prompt_tokens":9,"completion_tokens":3,"prompt_cache_hit_tokens":5}',
      { input: 9, cached: 5, output: 3 },
    ],
    [
      'cached tokens as reported by Mistral',
      '{"prompt_tokens":9,"num_cached_tokens":6}',
      { input: 9, cached: 6, output: 0 },
    ],
    ['no details', '{"prompt_tokens":9,"prompt_tokens_details":null}', { input: 9, cached: undefined, output: 0 }],
    ['embeddings', '{"prompt_tokens":9,"total_tokens":9}', { input: 9, cached: undefined, output: 0 }],
    ['invalid numbers', '{"prompt_tokens":-1,"completion_tokens":"3"}', { input: 0, cached: undefined, output: 0 }],
    ['null', 'null', undefined],
    ['a list', '[1]', undefined],
    ['a string', '"none"', undefined],
  ])('%s', (_title, usage, expected) => {
    expect(read(`{${CHOICES},"usage":${usage}}`)).toEqual({ type: 'answer', usage: expected })
    expect(readUsage(usage)).toEqual(expected)
  })

  test('invalid JSON has no usage', () => expect(readUsage('{"prompt_tokens":')).toBeUndefined())
})

describe('of a response above 1 MB only the ends are checked', () => {
  const vectors = `"data":[${'0.125,'.repeat(200_000)}0]`
  const usage = '"usage":{"prompt_tokens":7,"total_tokens":7}'
  test.each([
    [
      'usage at the end',
      `{${vectors},${usage}}\n`,
      { type: 'answer', usage: { input: 7, cached: undefined, output: 0 } },
    ],
    [
      'usage at the start',
      `{${usage},${vectors}}`,
      { type: 'answer', usage: { input: 7, cached: undefined, output: 0 } },
    ],
    ['no usage', ` {${vectors}}`, answer],
    ['a truncated response', `{${vectors}`, { type: 'malformed', reason: 'is not complete JSON' }],
    ['an HTML page', `<${'a'.repeat(1_100_000)}>`, { type: 'malformed', reason: 'is not complete JSON' }],
  ])('%s', (_title, text, expected) => expect(read(text)).toEqual(expected as Answer))
})
