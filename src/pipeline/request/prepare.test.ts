import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../../test/parts.ts'
import { prepareWith } from '../../../test/prepare.ts'
import { GatewayError } from '../../errors.ts'
import { Warnings } from '../call/warnings.ts'
import { prepare } from './prepare.ts'
import { runs } from '../../../test/runs.ts'

const snapshot = snapshotFrom({
  providers: {
    openai: { apiKey: 'the-key', headers: { 'X-Team': 'blue' } },
    groq: { apiKey: 'the-key' },
    mistral: { apiKey: 'the-key' },
    gpu: { type: 'vllm', endpoints: ['http://10.0.0.1:8000'] },
    azure: { baseUrl: 'https://res.openai.azure.com', apiKey: 'k', apiVersion: '2024-10-21' },
  },
  models: {
    openai: 'openai/gpt-4o',
    groq: 'groq/llama',
    mistral: 'mistral/large',
    gpu: 'gpu/org/model',
    azure: 'azure/my deployment',
    'gpt-*': 'openai/gpt-*',
    'money-*': 'openai/$&-*-$1',
  },
})

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]'

const prepareFor = prepareWith(snapshot)

describe('the body is changed only where necessary', () => {
  test.each<[string, string, string, string]>([
    ['nothing', 'openai', `{"model":"gpt-4o",${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    ['the model', 'openai', `{"model":"fast",${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    [
      'the model; white space and unusual numbers stay',
      'gpu',
      `{ "seed" : 1e2,\n"model"\t: "x" , ${MESSAGES} }\n`,
      `{ "seed" : 1e2,\n"model"\t: "org/model" , ${MESSAGES} }\n`,
    ],
    [
      "the client's timeouts, which are for the gateway",
      'gpu',
      `{"timeout":30,"model":"org/model",${MESSAGES},"stream_timeout":"2s","seed":1}`,
      `{"model":"org/model",${MESSAGES},"seed":1}`,
    ],
    [
      'reasoning of other servers in messages, where it is rejected',
      'groq',
      '{"model":"llama","messages":[{"role":"assistant","content":"x","reasoning_content":"r","reasoning":"r"}]}',
      '{"model":"llama","messages":[{"role":"assistant","content":"x","reasoning":"r"}]}',
    ],
    [
      'nothing, where reasoning in messages is accepted',
      'gpu',
      '{"model":"org/model","messages":[{"role":"assistant","content":"x","reasoning_content":"r"}]}',
      '{"model":"org/model","messages":[{"role":"assistant","content":"x","reasoning_content":"r"}]}',
    ],
    [
      'nothing, where the word is in a text',
      'openai',
      '{"model":"gpt-4o","messages":[{"role":"user","content":"the \\"reasoning\\""}], "x": "reasoning"}',
      '{"model":"gpt-4o","messages":[{"role":"user","content":"the \\"reasoning\\""}], "x": "reasoning"}',
    ],
    ['the model where there is none', 'openai', `{${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    ['the model where it is null', 'openai', `{${MESSAGES},"model":null}`, `{${MESSAGES},"model":"gpt-4o"}`],
    ['a model of a wildcard', 'gpt-5', `{"model":"gpt-5",${MESSAGES}}`, `{"model":"gpt-5",${MESSAGES}}`],
    [
      'a model of a wildcard with characters that are special in a replacement',
      'money-$1',
      `{"model":"m",${MESSAGES}}`,
      `{"model":"$&-$1-$1",${MESSAGES}}`,
    ],
    [
      'a new name for the output limit',
      'gpu',
      `{"model":"org/model",${MESSAGES},"max_completion_tokens":5}`,
      `{"model":"org/model",${MESSAGES},"max_tokens":5}`,
    ],
    [
      'unknown fields and large numbers stay',
      'gpu',
      `{"model":"org/model",${MESSAGES},"top_k":5,"id":12345678901234567890,"x":{"y":[1.0]}}`,
      `{"model":"org/model",${MESSAGES},"top_k":5,"id":12345678901234567890,"x":{"y":[1.0]}}`,
    ],
    [
      'two new names',
      'mistral',
      `{${MESSAGES},"seed":1,"model":"large","max_completion_tokens":5}`,
      `{${MESSAGES},"random_seed":1,"model":"large","max_tokens":5}`,
    ],
    [
      'removed fields, first and last',
      'mistral',
      `{"user":"ann","model":"large",${MESSAGES},"store":true}`,
      `{"model":"large",${MESSAGES}}`,
    ],
    [
      'a removed field, with the model inserted',
      'mistral',
      `{"user":"ann",${MESSAGES}}`,
      `{"model":"large",${MESSAGES}}`,
    ],
  ])('%s', (_title, to, body, expected) => expect(prepareFor(body, { to }).text).toBe(expected))

  test('a body that needs no change is sent without a copy', () => {
    const { body, call } = prepareFor(`{"model":"gpt-4o",${MESSAGES}}`)
    expect(body()).toBe(call.body.bytes)
  })
})

describe('usage is requested of a stream', () => {
  const REQUESTED = '"stream_options":{"include_usage":true}'
  test.each<[string, string, string, string, boolean]>([
    ['inserted', 'openai', '"stream":true', `"stream":true`, true],
    [
      'merged',
      'openai',
      '"stream":true,"stream_options":{"x":1}',
      '"stream":true,"stream_options":{"x":1,"include_usage":true}',
      true,
    ],
    [
      'turned on',
      'openai',
      '"stream":true,"stream_options":{"include_usage":false}',
      `"stream":true,${REQUESTED}`,
      true,
    ],
    ['in place of null', 'openai', '"stream":true,"stream_options":null', `"stream":true,${REQUESTED}`, true],
    [
      'unchanged, since the client requested it',
      'openai',
      `"stream":true,${REQUESTED}`,
      `"stream":true,${REQUESTED}`,
      false,
    ],
    ['unchanged, since it is not a stream', 'openai', '"stream":false', '"stream":false', false],
    [
      'unchanged, since it is not a stream, whatever its options',
      'openai',
      '"stream_options":{}',
      '"stream_options":{}',
      false,
    ],
    ['not if the provider always sends usage', 'mistral', '"stream":true', '"stream":true', false],
  ])('%s', (_title, to, fields, expected, hidesUsage) => {
    const model = to === 'openai' ? 'gpt-4o' : 'large'
    const prepared = prepareFor(`{"model":"${model}",${MESSAGES},${fields}}`, { to })
    const front = expected.includes('stream_options') || !hidesUsage ? '' : `${REQUESTED},`
    expect(prepared.text).toBe(`{${front}"model":"${model}",${MESSAGES},${expected}}`)
    expect(prepared.hidesUsage).toBe(hidesUsage)
  })

  test("a warning reports that the provider does not support the client's request for usage", () => {
    const { text, warnings } = prepareFor(`{"model":"large",${MESSAGES},"stream":true,${REQUESTED}}`, { to: 'mistral' })
    expect(text).toBe(`{"model":"large",${MESSAGES},"stream":true}`)
    expect(warnings).toEqual(['stream_options was removed: mistral does not support it'])
  })
})

describe('a field that a provider does not support', () => {
  test('is removed with one warning per attempt, if it does not change the meaning', () => {
    const { call, warnings } = prepareFor(`{${MESSAGES},"user":"ann","store":true}`, { to: 'mistral' })
    const { model } = snapshot.table.find('mistral')!
    const again = new Warnings()
    const { bytes: body, envelope } = call.body
    prepare(call, model.pools.chat!.candidates[0]!, { body, envelope, matched: undefined }, again)
    expect(warnings).toEqual([
      'user was removed: mistral does not support it',
      'store was removed: mistral does not support it',
    ])
    expect(again.list).toEqual(warnings!)
  })

  test.each(['"logprobs":true', '"top_logprobs":3', '"logit_bias":{"1":2}'])(
    'is rejected if it changes the meaning: %s',
    (field) => {
      let error: unknown
      try {
        prepareFor(`{${MESSAGES},${field}}`, { to: 'groq' })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(GatewayError)
      expect(error).toMatchObject({ code: 'unsupported_parameter', details: { param: /"(\w+)"/.exec(field)![1] } })
    },
  )

  test('is not rejected if it has no effect', () =>
    expect(prepareFor(`{"model":"llama",${MESSAGES},"logprobs":null}`, { to: 'groq' }).text).toContain(
      '"logprobs":null',
    ))
})

describe('the URL and the headers', () => {
  test.each([
    ['openai', '/v1/chat/completions', 'https://api.openai.com/v1/chat/completions'],
    ['openai', '/v1/embeddings', 'https://api.openai.com/v1/embeddings'],
    ['gpu', '/v1/completions', 'http://10.0.0.1:8000/v1/completions'],
    [
      'azure',
      '/v1/chat/completions',
      'https://res.openai.azure.com/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21',
    ],
  ])('%s%s', (to, path, url) => {
    const prompt = path.endsWith('chat/completions') ? MESSAGES : '"prompt":"hi","input":"hi"'
    expect(prepareFor(`{${prompt}}`, { to, path }).url).toBe(url)
  })

  test("the provider's key and headers are sent, the client's key is not", () => {
    const client = {
      authorization: 'Bearer sk-ours',
      'x-api-key': 'sk-ours',
      cookie: 'a=b',
      'x-team': 'red',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }
    expect(prepareFor(`{${MESSAGES}}`, { headers: client }).headers).toEqual({
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'sluice',
      'x-request-id': 'id-1',
      authorization: 'Bearer the-key',
      'x-team': 'blue',
    })
  })

  test('a request for a stream accepts events', () =>
    expect(prepareFor(`{${MESSAGES},"stream":true}`).headers['accept']).toBe('text/event-stream'))
})

test('for any fields, the prepared body differs only by the intended changes', () => {
  const fields = fc.dictionary(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('user', 'store', 'seed', 'max_completion_tokens', 'logit')),
    fc.jsonValue(),
    { maxKeys: 6 },
  )
  const reserved = new Set([
    '__proto__',
    'messages',
    'model',
    'stream',
    'stream_options',
    'max_tokens',
    'random_seed',
    'n',
    'stop',
    'tools',
    'tool_choice',
  ])
  const typed = { user: 'ann', seed: 4, max_completion_tokens: 7 }
  fc.assert(
    fc.property(
      fields,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(0, 1),
      fc.constantFrom('gpu', 'mistral'),
      (given, stream, named, indent, to) => {
        const rest = Object.fromEntries(Object.entries(given).filter(([key]) => !reserved.has(key)))
        for (const [key, value] of Object.entries(typed)) if (key in rest) rest[key] = value
        const request = { ...rest, ...(named && { model: 'x' }), messages: [1], stream }
        const { text, hidesUsage } = prepareFor(JSON.stringify(request, null, indent), { to })

        const { max_completion_tokens: cap, seed, user, store, ...kept } = JSON.parse(JSON.stringify(request))
        const isMistral = to === 'mistral'
        expect(JSON.parse(text)).toEqual({
          ...kept,
          ...(cap !== undefined && { max_tokens: cap }),
          ...(seed !== undefined && { [isMistral ? 'random_seed' : 'seed']: seed }),
          ...(!isMistral && { ...(user !== undefined && { user }), ...(store !== undefined && { store }) }),
          ...(stream && !isMistral && { stream_options: { include_usage: true } }),
          model: isMistral ? 'large' : 'org/model',
        })
        expect(hidesUsage).toBe(stream && !isMistral)
      },
    ),
    runs(),
  )
})
