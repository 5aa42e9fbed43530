import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../errors.ts'
import type { ApiName } from '../apis/api.ts'
import { APIS } from '../apis/apis.ts'
import { readRequest } from './read-request.ts'
import { runs } from '../../../test/runs.ts'

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]'
const chat = (rest: string) => `{${MESSAGES},${rest}}`

/** Larger than the bodies that are parsed completely. */
const LARGE = `"messages":[{"role":"user","content":"${'x'.repeat(20_000)}"}]`
const large = (rest: string) => `{${LARGE},${rest}}`

function refusalOf(body: string | Uint8Array, api: ApiName = 'openai-chat') {
  try {
    readRequest(typeof body === 'string' ? bytesOf(body) : body, APIS[api])
  } catch (thrown) {
    if (thrown instanceof GatewayError)
      return { code: thrown.code, param: thrown.details.param, message: thrown.message }
    throw thrown
  }
  return undefined
}

describe('a body that is not a JSON object is rejected', () => {
  test.each<[string, string | Uint8Array]>([
    ['an empty body', ''],
    ['white space only', ' \n'],
    ['cut off in the middle', '{"messages":[{"role":"user","con'],
    ['a trailing comma', `{${MESSAGES},}`],
    ['single quotes', "{'messages':[]}"],
    ['a bad value inside', chat('"stop":[1 2]')],
    ['two objects', `{${MESSAGES}}{${MESSAGES}}`],
    ['an array', '[1]'],
    ['a string', '"messages"'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff{${MESSAGES}}`],
    ['UTF-16', new Uint8Array(Buffer.from(`\ufeff{${MESSAGES}}`, 'utf16le'))],
    ['invalid UTF-8', new Uint8Array([...bytesOf('{"model":"'), 0xff, 0xfe, ...bytesOf(`",${MESSAGES}}`)])],
    ['the same name twice', chat('"model":"a","model":"b"')],
    ['the same name twice, once escaped', chat('"model":"a","mod\\u0065l":"b"')],
    ['10,000 brackets deep', chat(`"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`)],
    ['brackets that never close', '['.repeat(100_000)],
    ['large, with options that are not JSON', large('"stream_options":{"include_usage" true}')],
    ['large, with options that are not JSON at a deeper level', large('"stream_options":{"a":[1 2]}')],
    ['large, with an invalid escape late in the model name', large(`"model":"${'m'.repeat(100)}\\q"`)],
    ['large, with a line break late in the user name', large(`"user":"${'u'.repeat(100)}\n"`)],
  ])('%s', (_title, body) => expect(refusalOf(body)?.code).toBe('invalid_json'))
})

describe('a field that breaks a rule is named', () => {
  test.each([
    ['"model":5', 'model'],
    ['"model":["a"]', 'model'],
    ['"stream":"yes"', 'stream'],
    ['"stream":1', 'stream'],
    ['"stream_options":true', 'stream_options'],
    ['"user":7', 'user'],
    ['"safety_identifier":{}', 'safety_identifier'],
    ['"max_tokens":-1', 'max_tokens'],
    ['"max_tokens":1.5', 'max_tokens'],
    ['"max_tokens":"10"', 'max_tokens'],
    ['"max_tokens":1e400', 'max_tokens'],
    ['"max_completion_tokens":-5', 'max_completion_tokens'],
    ['"n":0', 'n'],
    ['"n":2.5', 'n'],
    ['"temperature":-0.1', 'temperature'],
    ['"temperature":"hot"', 'temperature'],
    ['"top_p":-1', 'top_p'],
    ['"presence_penalty":"a"', 'presence_penalty'],
    ['"frequency_penalty":[]', 'frequency_penalty'],
    ['"seed":0.5', 'seed'],
    ['"stop":5', 'stop'],
    ['"tools":{}', 'tools'],
    ['"tool_choice":1', 'tool_choice'],
    ['"response_format":"json"', 'response_format'],
    ['"logit_bias":[]', 'logit_bias'],
  ])('%s', (field, param) => {
    expect(refusalOf(chat(field))).toMatchObject({ code: 'invalid_request', param })
    expect(refusalOf(large(field))).toMatchObject({ code: 'invalid_request', param })
  })

  test.each<[string, ApiName, string]>([
    ['{"messages":[]}', 'openai-chat', 'messages'],
    ['{"messages":"hi"}', 'openai-chat', 'messages'],
    ['{"messages":{}}', 'openai-chat', 'messages'],
    ['{"prompt":[ ]}', 'openai-completions', 'prompt'],
    ['{"prompt":5}', 'openai-completions', 'prompt'],
    ['{"input":[]}', 'openai-embeddings', 'input'],
    ['{"input":false}', 'openai-embeddings', 'input'],
  ])('%s for %s', (body, api, param) => expect(refusalOf(body, api)).toMatchObject({ code: 'invalid_request', param }))
})

test.each<[string, ApiName, string]>([
  ['{}', 'openai-chat', 'messages'],
  ['{"messages":null}', 'openai-chat', 'messages'],
  ['{"prompt":"hi"}', 'openai-chat', 'messages'],
  ['{"messages":[1]}', 'openai-completions', 'prompt'],
  ['{"model":"m"}', 'openai-embeddings', 'input'],
])('%s has no prompt for %s', (body, api, param) =>
  expect(refusalOf(body, api)).toMatchObject({ code: 'missing_required_parameter', param }),
)

test('null counts as absent', () => {
  const names = ['model', 'stream', 'stream_options', 'user', 'max_tokens', 'n', 'temperature', 'stop', 'tools']
  const body = bytesOf(chat(names.map((name) => `"${name}":null`).join(',')))
  expect(readRequest(body, APIS['openai-chat'])).toMatchObject({
    model: undefined,
    stream: false,
    wantsUsage: false,
    choices: 1,
    user: undefined,
    maxOutput: undefined,
  })
})

describe('the envelope of a valid request', () => {
  test.each<[string, object]>([
    ['"model":"gpt-4o"', { model: 'gpt-4o', stream: false, wantsUsage: false, promptBytes: 32 }],
    ['"model":"\\u0067pt"', { model: 'gpt' }],
    ['"model":"mödel"', { model: 'mödel' }],
    ['"n":3', { choices: 3 }],
    ['"n":null', { choices: 1 }],
    ['"stream":true', { stream: true, wantsUsage: false }],
    ['"stream":true,"stream_options":{"include_usage":true}', { wantsUsage: true }],
    ['"stream_options":{"include_usage":false}', { wantsUsage: false }],
    ['"stream_options":{"include_usage":"true"}', { wantsUsage: false }],
    ['"stream_options":{"include_usage":false,"include_usage":true}', { wantsUsage: true }],
    ['"user":"ann"', { user: 'ann' }],
    ['"safety_identifier":"bob"', { user: 'bob' }],
    ['"user":"ann","safety_identifier":"bob"', { user: 'ann' }],
    ['"max_tokens":5', { maxOutput: 5 }],
    ['"max_tokens":0', { maxOutput: 0 }],
    ['"max_tokens":5,"max_completion_tokens":7', { maxOutput: 7 }],
    ['"max_tokens":5,"max_completion_tokens":null', { maxOutput: 5 }],
    ['"unknown":{"of":["any","shape"]},"constructor":1,"__proto__":2', { model: undefined }],
  ])('%s', (fields, facts) => {
    expect(readRequest(bytesOf(chat(fields)), APIS['openai-chat'])).toMatchObject(facts)
  })

  test.each<[ApiName, string, object]>([
    ['anthropic', '{"messages":[1],"max_tokens":5,"metadata":{"user_id":"ann"}}', { maxOutput: 5, user: 'ann' }],
    ['anthropic', '{"messages":[1],"metadata":{}}', { user: undefined }],
    ['anthropic', '{"messages":[1],"metadata":{"user_id":7}}', { user: undefined }],
    ['gemini', '{"contents":[1],"generationConfig":{"maxOutputTokens":9}}', { maxOutput: 9, model: undefined }],
    ['openai-responses', '{"input":"hi","max_output_tokens":3,"stream":true}', { maxOutput: 3, stream: true }],
  ])('%s: %s', (api, body, facts) => expect(readRequest(bytesOf(body), APIS[api])).toMatchObject(facts))

  test('the path decides whether the response is a stream', () =>
    expect(readRequest(bytesOf('{"contents":[1]}'), APIS.gemini, true)).toMatchObject({ stream: true }))

  test.each<[ApiName, string]>([
    ['openai-completions', '{"prompt":"hi"}'],
    ['openai-completions', '{"prompt":[1,2]}'],
    ['openai-embeddings', '{"input":"hi"}'],
    ['openai-embeddings', '{"input":[[1],[2]]}'],
    ['anthropic', '{"messages":[1],"max_tokens":5,"system":[]}'],
    ['gemini', '{"contents":[1]}'],
    ['openai-responses', '{"input":"hi"}'],
  ])('%s accepts %s', (api, body) => expect(refusalOf(body, api)).toBeUndefined())
})

test('any bytes give an envelope or an error with a code', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(bytesOf),
    fc.tuple(fc.json(), fc.nat(60), fc.string()).map(([value, at, noise]) => {
      const text = chat(`"stream_options":${value},"model":"m"`)
      return bytesOf(text.slice(0, at) + noise + text.slice(at))
    }),
  )
  fc.assert(
    fc.property(body, (bytes) => void refusalOf(bytes)),
    runs(),
  )
})
