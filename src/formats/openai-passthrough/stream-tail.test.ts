import { describe, expect, test } from 'bun:test'
import { isErrorData, isUsageOnly, readStreamEnd } from './stream-tail.ts'

const TEXT = '{"choices":[{"delta":{"content":"hi"},"finish_reason":null}]}'
const FINISH = '{"choices":[{"delta":{},"finish_reason":"stop"}]}'
const USAGE = '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}'
const ERROR = '{"error":{"message":"out of memory","code":503}}'
const counted = { input: 9, cached: undefined, output: 3 }

describe('how a stream ended', () => {
  test.each<[string, string[], object]>([
    ['normally', [TEXT, FINISH, USAGE, '[DONE]'], { hasDone: true, isComplete: true, usage: counted }],
    ['finish without DONE', [TEXT, FINISH], { hasDone: false, isComplete: true }],
    ['DONE without finish', [TEXT, '[DONE]'], { hasDone: true, isComplete: true }],
    ['in the middle', [TEXT, TEXT], { hasDone: false, isComplete: false, usage: undefined }],
    ['without any event', [], { hasDone: false, isComplete: false }],
    ['with an empty finish reason', ['{"choices":[{"finish_reason":""}]}'], { isComplete: false }],
    [
      'the second choice finished',
      ['{"choices":[{"finish_reason":null},{"finish_reason":"length"}]}'],
      { isComplete: true },
    ],
    ['running totals: the last one counts', [USAGE.replace('9', '8'), USAGE], { usage: counted }],
    ['a usage of null does not replace an earlier one', [USAGE, '{"choices":[],"usage":null}'], { usage: counted }],
    ['with an error', [TEXT, ERROR], { isComplete: false, error: { message: 'out of memory', status: 503 } }],
    ['with an error, then DONE', [ERROR, '[DONE]'], { hasDone: true, error: { message: 'out of memory' } }],
  ])('%s', (_title, data, expected) => expect(readStreamEnd(data)).toMatchObject(expected))

  test.each([
    'not JSON',
    '5',
    'null',
    '[]',
    '{"choices":{}}',
    '{"choices":"x"}',
    '{"choices":[null]}',
    '{"choices":null}',
  ])('%s is ignored', (text) =>
    expect(readStreamEnd([text, FINISH])).toMatchObject({ isComplete: true, error: undefined }),
  )
})

describe('an error event', () => {
  test.each([
    [ERROR, true],
    ['{"error":"overloaded"}', true],
    ['{"object":"error","message":"no"}', true],
    ['{"object": "error", "message": "no"}', true],
    ['{"error":{"message":"lost"},"choices":[{"delta":{},"finish_reason":"error"}]}', true],
    ['{"error":null,"choices":[]}', false],
    ['{"error":"","choices":[]}', false],
    [TEXT, false],
    ['[DONE]', false],
    ['{"choices":[{"delta":{"content":"{\\"error\\": 1}"}}]}', false],
    ['{"choices":[{"delta":{"content":"\\"error\\""},"finish_reason":null}]}', false],
    ['{"choices":[{"delta":{},"finish_reason":"error"}]}', true],
    ['{"choices":[{"delta":{"content":"an \\"error\\""},"finish_reason":"stop"}]}', false],
    ['"error"', false],
  ])('%s: %p', (text, expected) => expect(isErrorData(text)).toBe(expected))
})

describe('an event of usage only', () => {
  test.each([
    [USAGE, true],
    ['{"choices":[],"prompt_filter_results":[]}', false],
    ['{"choices":[],"usage":null}', false],
    ['{"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}', false],
    ['{"choices":"","usage":{}}', false],
    ['[DONE]', false],
  ])('%s: %p', (text, expected) => expect(isUsageOnly(text)).toBe(expected))
})
