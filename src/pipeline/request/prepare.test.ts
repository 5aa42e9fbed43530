import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { Warnings } from '../call/warnings.ts'
import { prepare } from './prepare.ts'

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

interface Facts {
  readonly to?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}

function prepareFor(body: string, { to = 'openai', path = '/v1/chat/completions', headers = {} }: Facts = {}) {
  const call = callFor(snapshot, { path, body, headers })
  const { operation } = call.arrival
  if (operation === 'models') throw new Error('no call for a model')
  const { model, matched } = snapshot.table.find(to)!
  const candidate = model.pools[operation]!.candidates[0]!
  const warnings = new Warnings()
  call.choice = { model: model.name, arm: undefined }
  const prepared = prepare(call, candidate, { body: call.body.bytes, envelope: call.body.envelope, matched }, warnings)
  return { ...prepared, text: Buffer.from(prepared.body).toString(), warnings: warnings.list, call }
}

describe('only what must change changes', () => {
  test.each<[string, string, string, string]>([
    ['nothing', 'openai', `{"model":"gpt-4o",${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    ['the model', 'openai', `{"model":"fast",${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    [
      'the model, white space and odd numbers stay',
      'gpu',
      `{ "seed" : 1e2,\n"model"\t: "x" , ${MESSAGES} }\n`,
      `{ "seed" : 1e2,\n"model"\t: "org/model" , ${MESSAGES} }\n`,
    ],
    [
      "the caller's own limits, which are for us",
      'gpu',
      `{"timeout":30,"model":"org/model",${MESSAGES},"stream_timeout":"2s","seed":1}`,
      `{"model":"org/model",${MESSAGES},"seed":1}`,
    ],
    ['the model where there is none', 'openai', `{${MESSAGES}}`, `{"model":"gpt-4o",${MESSAGES}}`],
    ['the model where it is null', 'openai', `{${MESSAGES},"model":null}`, `{${MESSAGES},"model":"gpt-4o"}`],
    ['a model of a wildcard', 'gpt-5', `{"model":"gpt-5",${MESSAGES}}`, `{"model":"gpt-5",${MESSAGES}}`],
    [
      'a model of a wildcard with signs that mean something elsewhere',
      'money-$1',
      `{"model":"m",${MESSAGES}}`,
      `{"model":"$&-$1-$1",${MESSAGES}}`,
    ],
    [
      'a new name for the cap',
      'gpu',
      `{"model":"org/model",${MESSAGES},"max_completion_tokens":5}`,
      `{"model":"org/model",${MESSAGES},"max_tokens":5}`,
    ],
    [
      'unknown fields and big numbers stay',
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
      'what is dropped, first and last',
      'mistral',
      `{"user":"ann","model":"large",${MESSAGES},"store":true}`,
      `{"model":"large",${MESSAGES}}`,
    ],
    [
      'what is dropped where the model is put in',
      'mistral',
      `{"user":"ann",${MESSAGES}}`,
      `{"model":"large",${MESSAGES}}`,
    ],
  ])('%s', (_title, to, body, expected) => expect(prepareFor(body, { to }).text).toBe(expected))

  test('a body that can go as it is goes as it is, without a copy', () => {
    const { body, call } = prepareFor(`{"model":"gpt-4o",${MESSAGES}}`)
    expect(body).toBe(call.body.bytes)
  })
})

describe('a stream is asked for its usage', () => {
  const ASKED = '"stream_options":{"include_usage":true}'
  test.each<[string, string, string, string, boolean]>([
    ['put in', 'openai', '"stream":true', `"stream":true`, true],
    [
      'merged',
      'openai',
      '"stream":true,"stream_options":{"x":1}',
      '"stream":true,"stream_options":{"x":1,"include_usage":true}',
      true,
    ],
    ['turned on', 'openai', '"stream":true,"stream_options":{"include_usage":false}', `"stream":true,${ASKED}`, true],
    ['in place of null', 'openai', '"stream":true,"stream_options":null', `"stream":true,${ASKED}`, true],
    ['left, since the client asked', 'openai', `"stream":true,${ASKED}`, `"stream":true,${ASKED}`, false],
    ['left, since it is no stream', 'openai', '"stream":false', '"stream":false', false],
    [
      'left, since it is no stream, whatever its options',
      'openai',
      '"stream_options":{}',
      '"stream_options":{}',
      false,
    ],
    ['not where usage comes unasked', 'mistral', '"stream":true', '"stream":true', false],
  ])('%s', (_title, to, fields, expected, hidesUsage) => {
    const model = to === 'openai' ? 'gpt-4o' : 'large'
    const prepared = prepareFor(`{"model":"${model}",${MESSAGES},${fields}}`, { to })
    const front = expected.includes('stream_options') || !hidesUsage ? '' : `${ASKED},`
    expect(prepared.text).toBe(`{${front}"model":"${model}",${MESSAGES},${expected}}`)
    expect(prepared.hidesUsage).toBe(hidesUsage)
  })

  test('where the client asked and the provider refuses to be asked, that is said', () => {
    const { text, warnings } = prepareFor(`{"model":"large",${MESSAGES},"stream":true,${ASKED}}`, { to: 'mistral' })
    expect(text).toBe(`{"model":"large",${MESSAGES},"stream":true}`)
    expect(warnings).toEqual(['stream_options was removed: mistral does not take it'])
  })
})

describe('what a provider does not take', () => {
  test('is removed with a warning of each attempt, once, where it changes nothing', () => {
    const { call, warnings } = prepareFor(`{${MESSAGES},"user":"ann","store":true}`, { to: 'mistral' })
    const { model } = snapshot.table.find('mistral')!
    const again = new Warnings()
    const { bytes: body, envelope } = call.body
    prepare(call, model.pools.chat!.candidates[0]!, { body, envelope, matched: undefined }, again)
    expect(warnings).toEqual([
      'user was removed: mistral does not take it',
      'store was removed: mistral does not take it',
    ])
    expect(again.list).toEqual(warnings!)
  })

  test.each(['"logprobs":true', '"top_logprobs":3', '"logit_bias":{"1":2}'])(
    'is refused where it changes the answer: %s',
    (field) => {
      let refusal: unknown
      try {
        prepareFor(`{${MESSAGES},${field}}`, { to: 'groq' })
      } catch (thrown) {
        refusal = thrown
      }
      expect(refusal).toBeInstanceOf(GatewayError)
      expect(refusal).toMatchObject({ code: 'unsupported_parameter', details: { param: /"(\w+)"/.exec(field)![1] } })
    },
  )

  test('is not refused where it asks for nothing', () =>
    expect(prepareFor(`{"model":"llama",${MESSAGES},"logprobs":null}`, { to: 'groq' }).text).toContain(
      '"logprobs":null',
    ))
})

describe('where it goes, and with what', () => {
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

  test("the provider's key and headers go, the client's key does not", () => {
    const client = {
      authorization: 'Bearer sk-ours',
      'x-api-key': 'sk-ours',
      cookie: 'a=b',
      'x-team': 'red',
      traceparent: '00-1',
    }
    expect(prepareFor(`{${MESSAGES}}`, { headers: client }).headers).toEqual({
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'sluice',
      'x-request-id': 'id-1',
      authorization: 'Bearer the-key',
      'x-team': 'blue',
      traceparent: '00-1',
    })
  })

  test('a stream is asked for as one', () =>
    expect(prepareFor(`{${MESSAGES},"stream":true}`).headers['accept']).toBe('text/event-stream'))
})

test('whatever the fields, the prepared body says the same but for the intended changes', () => {
  const fields = fc.dictionary(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('user', 'store', 'seed', 'max_completion_tokens', 'logit')),
    fc.jsonValue(),
    { maxKeys: 6 },
  )
  const ours = new Set([
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
        const rest = Object.fromEntries(Object.entries(given).filter(([key]) => !ours.has(key)))
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
  )
})
