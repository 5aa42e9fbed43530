import { describe, expect, test } from 'bun:test'
import { type Answer, readAnswer } from './read-answer.ts'
import { readUsage } from './read-usage.ts'

const read = (text: string): Answer => readAnswer(Buffer.from(text))
const CHOICES = '"choices":[{"message":{"content":"hi"}}]'
const answer = { type: 'answer', usage: undefined } as const

describe('what is no answer', () => {
  test.each([
    ['nothing', '', 'is empty'],
    ['a page', '<html><body>Bad gateway</body></html>', 'is not complete JSON'],
    ['a list', '[]', 'is not complete JSON'],
    ['half of one', `{${CHOICES},"usa`, 'is not complete JSON'],
    ['one and more', `{${CHOICES}}x`, 'is not complete JSON'],
    ['one with a hole in it', '{"choices":[{"message":"hi"}}]}', 'is not complete JSON'],
    ['one with a smaller hole in it', '{"choices":[{"message" "hi"}]}', 'is not JSON'],
  ])('%s', (_title, text, reason) => expect(read(text)).toEqual({ type: 'malformed', reason }))
})

describe('an error under 200 is a error', () => {
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
  ])('%s is not one', (text) => expect(read(text)).toEqual(answer))
})

describe('usage', () => {
  test.each([
    [
      'OpenAI',
      '{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}',
      { input: 9, cached: undefined, output: 3 },
    ],
    [
      'cached as OpenAI says it',
      '{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}',
      { input: 9, cached: 4, output: 3 },
    ],
    [
      'cached as DeepSeek says it',
      '{"prompt_tokens":9,"completion_tokens":3,"prompt_cache_hit_tokens":5}',
      { input: 9, cached: 5, output: 3 },
    ],
    ['cached as Mistral says it', '{"prompt_tokens":9,"num_cached_tokens":6}', { input: 9, cached: 6, output: 0 }],
    ['no details', '{"prompt_tokens":9,"prompt_tokens_details":null}', { input: 9, cached: undefined, output: 0 }],
    ['embeddings', '{"prompt_tokens":9,"total_tokens":9}', { input: 9, cached: undefined, output: 0 }],
    ['odd numbers', '{"prompt_tokens":-1,"completion_tokens":"3"}', { input: 0, cached: undefined, output: 0 }],
    ['null', 'null', undefined],
    ['a list', '[1]', undefined],
    ['a word', '"none"', undefined],
  ])('%s', (_title, usage, expected) => {
    expect(read(`{${CHOICES},"usage":${usage}}`)).toEqual({ type: 'answer', usage: expected })
    expect(readUsage(usage)).toEqual(expected)
  })

  test('what is not even JSON has none', () => expect(readUsage('{"prompt_tokens":')).toBeUndefined())
})

describe('above a megabyte only the ends are looked at', () => {
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
    ['cut', `{${vectors}`, { type: 'malformed', reason: 'is not complete JSON' }],
    ['a page', `<${'a'.repeat(1_100_000)}>`, { type: 'malformed', reason: 'is not complete JSON' }],
  ])('%s', (_title, text, expected) => expect(read(text)).toEqual(expected as Answer))
})
