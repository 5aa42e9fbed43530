// What each provider gets of a request that it does not understand as it is.
import { describe, expect, test } from 'bun:test'
import { snapshotFrom } from '../../../test/parts.ts'
import { prepareWith } from '../../../test/prepare.ts'
import { asGatewayError } from '../../errors.ts'

const KEY = { apiKey: 'k' }
const prepareFor = prepareWith(
  snapshotFrom({
    providers: {
      openai: KEY,
      openrouter: KEY,
      groq: KEY,
      deepseek: KEY,
      together: KEY,
      fireworks: KEY,
      cerebras: KEY,
      mistral: KEY,
      anthropic: KEY,
      gemini: KEY,
      azure: { ...KEY, baseUrl: 'https://res.openai.azure.com' },
      vertex: KEY,
      cohere: KEY,
      bedrock: { region: 'us-east-1', apiKey: 'k' },
      gpu: { type: 'vllm', baseUrl: 'http://10.0.0.1' },
      local: { type: 'responses-compatible', baseUrl: 'http://10.0.0.2' },
    },
    models: {
      openai: 'openai/gpt-4o',
      gpt: 'openai/gpt-5.6',
      routed: 'openrouter/anthropic/claude-sonnet-4.5',
      groq: 'groq/llama',
      deepseek: 'deepseek/deepseek-reasoner',
      together: 'together/m',
      fireworks: 'fireworks/m',
      cerebras: 'cerebras/gpt-oss-120b',
      mistral: 'mistral/large',
      claude: 'anthropic/claude-opus-4-7',
      gemini: 'gemini/gemini-2.5-flash',
      gemini3: 'gemini/gemini-3-pro-preview',
      vertex: 'vertex/gemini-2.5-flash',
      vertexClaude: 'vertex/claude-opus-4-7',
      cohere: 'cohere/command-a',
      bedrock: 'bedrock/amazon.nova-lite-v1:0',
      azure: 'azure/gpt-5.4',
      azureChat: 'azure/gpt-4.1',
      gpu: 'gpu/org/model',
      local: 'local/m',
    },
  }),
)

/** The upstream's request as JSON, or the error that the client gets. */
function sent(body: object | string, to: string, path?: string) {
  try {
    return JSON.parse(prepareFor(body, { to, ...(path && { path }) }).text) as Record<string, unknown>
  } catch (thrown) {
    const { code, message } = asGatewayError(thrown)
    return { code, message }
  }
}

describe('instructions that the provider does not understand as they are', () => {
  const S = (role: string, content: string) => ({ role, content })
  const tagged = (text: string) => `<system>\n${text}\n</system>`
  const chat = [S('developer', 'a'), S('system', 'b'), S('user', 'hi'), S('developer', 'c')]
  const messages = {
    max_tokens: 9,
    system: 'a',
    messages: [S('user', 'hi'), S('system', 'c'), S('assistant', 'x'), S('user', 'y')],
  }
  const responses = { instructions: 'a', input: [S('developer', 'b'), S('user', 'hi'), S('developer', 'c')] }
  test.each<[string, string, string, object, object[]]>([
    [
      'Chat',
      '/v1/chat/completions',
      'gpu',
      { messages: chat },
      [S('system', 'a\n\nb'), S('user', `hi\n\n${tagged('c')}`)],
    ],
    [
      'Chat',
      '/v1/chat/completions',
      'mistral',
      { messages: chat },
      chat.map(({ role, content }) => S(role === 'developer' ? 'system' : role, content)),
    ],
    ['Chat', '/v1/chat/completions', 'openai', { messages: chat }, chat],
    [
      'Messages',
      '/v1/messages',
      'gpu',
      messages,
      [S('system', 'a'), S('user', `hi\n\n${tagged('c')}`), S('assistant', 'x'), S('user', 'y')],
    ],
    [
      'Messages',
      '/v1/messages',
      'mistral',
      messages,
      [S('system', 'a'), S('user', 'hi'), S('system', 'c'), S('assistant', 'x'), S('user', 'y')],
    ],
    ['Responses', '/v1/responses', 'gpu', responses, [S('system', 'a\n\nb'), S('user', `hi\n\n${tagged('c')}`)]],
    [
      'Responses',
      '/v1/responses',
      'cerebras',
      responses,
      [S('system', 'a'), S('system', 'b'), S('user', 'hi'), S('system', 'c')],
    ],
  ])('%s at %s to %s', (_title, path, to, body, expected) =>
    expect(JSON.parse(prepareFor(body, { path, to }).text).messages).toEqual(expected),
  )

  test('nothing else of the body changes', () =>
    expect(
      prepareFor(`{"model":"org/model","id":12345678901234567890,"messages":[{"role":"developer","content":"a"}]}`, {
        to: 'gpu',
      }).text,
    ).toBe('{"model":"org/model","id":12345678901234567890,"messages":[{"role":"system","content":"a"}]}'))

  test('a server of Responses gets one instruction', () =>
    expect(JSON.parse(prepareFor({ ...responses, model: 'm' }, { path: '/v1/responses', to: 'local' }).text)).toEqual({
      model: 'm',
      instructions: 'a\n\nb',
      input: [S('user', `hi\n\n${tagged('c')}`)],
    }))
})

test.each([
  ['openai', 'any', 'required'],
  ['gpu', 'any', 'required'],
  ['gpu', 'auto', 'auto'],
  ['gpu', { type: 'function', function: { name: 'f' } }, { type: 'function', function: { name: 'f' } }],
  ['mistral', 'any', 'any'],
])("%s gets Mistral's tool choice %j as %j", (to, choice, expected) => {
  const tools = [{ type: 'function', function: { name: 'f' } }]
  expect(sent({ messages: [{ role: 'user', content: 'hi' }], tools, tool_choice: choice }, to)).toMatchObject({
    tools,
    tool_choice: expected,
  })
})

describe('tools for models that accept them beside reasoning in Responses only', () => {
  const messages = [{ role: 'user', content: 'hi' }]
  const tools = [{ name: 'f', input_schema: { type: 'object', properties: {} } }]
  const declarations = [{ functionDeclarations: [{ name: 'f' }] }]
  const contents = [{ parts: [{ text: 'hi' }] }]
  const chatTools = [{ type: 'function', function: { name: 'f' } }]
  const anthropic = '/v1/messages'
  const chat = '/v1/chat/completions'
  const gemini = '/v1beta/models/gpt:generateContent'
  const turns = [{ role: 'user', content: [{ text: 'hi' }] }]
  const specs = [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }]
  const converse = '/model/gpt/converse'
  test.each<[string, object, string, string, string]>([
    ['a Messages client', { max_tokens: 99, messages, tools }, 'gpt', anthropic, 'responses'],
    ['without tools', { max_tokens: 99, messages }, 'gpt', anthropic, 'chat/completions'],
    ['with an empty list', { max_tokens: 99, messages, tools: [] }, 'gpt', anthropic, 'chat/completions'],
    ['an older model', { max_tokens: 99, messages, tools }, 'openai', anthropic, 'chat/completions'],
    ['Azure', { max_tokens: 99, messages, tools }, 'azure', anthropic, 'responses'],
    ['a Gemini client', { contents, tools: declarations }, 'gpt', gemini, 'responses'],
    ['a Converse client', { messages: turns, toolConfig: { tools: specs } }, 'gpt', converse, 'responses'],
    ['... without tools', { messages: turns, toolConfig: {} }, 'gpt', converse, 'chat/completions'],
    ['a Chat client that names no effort', { messages, tools: chatTools }, 'gpt', chat, 'responses'],
    [
      '... of a model that does not reason by itself',
      { messages, tools: chatTools },
      'azure',
      chat,
      'chat/completions',
    ],
    [
      '... that asks for reasoning',
      { messages, tools: chatTools, reasoning_effort: 'low' },
      'azure',
      chat,
      'responses',
    ],
    [
      '... that asks for none',
      { messages, tools: chatTools, reasoning_effort: 'none' },
      'gpt',
      chat,
      'chat/completions',
    ],
    ['... without tools', { messages, reasoning_effort: 'low' }, 'gpt', chat, 'chat/completions'],
  ])('%s', (_title, body, to, path, expected) =>
    expect(prepareFor(body, { to, path }).url.split('/v1/')[1]).toBe(expected),
  )
})

test.each<[string, string, string[]]>([
  ['of Claude', 'routed', ['type', 'properties']],
  ["of OpenAI's", 'openai', ['type', 'properties']],
  ['of others, which take any schema', 'gpu', ['type', 'anyOf', 'properties']],
])('alternatives at the root of the schema of a tool, for models %s', (_title, to, keys) => {
  const input_schema = {
    type: 'object',
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
    properties: { a: {}, b: {} },
  }
  const body = { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], tools: [{ name: 'f', input_schema }] }
  const { tools } = sent(body, to, '/v1/messages') as { tools: { function: { parameters: object } }[] }
  expect(Object.keys(tools[0]!.function.parameters)).toEqual(keys)
})

test.each<[string, object, string, object]>([
  ['a model that reasons', { max_tokens: 9 }, 'gpt', { max_completion_tokens: 9 }],
  [
    'both names: the newer one applies',
    { max_tokens: 9, max_completion_tokens: 8 },
    'gpt',
    { max_completion_tokens: 8 },
  ],
  ['a model that does not reason', { max_tokens: 9 }, 'openai', { max_tokens: 9 }],
])('the output limit of a Chat client for %s', (_title, limits, to, expected) => {
  const {
    model: _model,
    messages: _messages,
    ...rest
  } = sent({ ...limits, messages: [{ role: 'user', content: 'hi' }] }, to) as Record<string, unknown>
  expect(rest).toEqual(expected as typeof rest)
})

describe('message threads', () => {
  const create = { thread: { type: 'create' }, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }
  const result = { type: 'tool_result', tool_use_id: 'a', content: 'x' }
  const next = {
    ...create,
    thread: { type: 'continue', previous_message_id: 'msg_1' },
    messages: [{ role: 'user', content: [result] }],
  }
  test.each(['gpu', 'gemini', 'bedrock', 'openai', 'gpt', 'vertex', 'vertexClaude', 'cohere'])(
    'are refused for %s',
    (to) => {
      for (const body of [create, next])
        expect(sent(body, to, '/v1/messages')).toEqual({
          code: 'unsupported_parameter',
          message:
            "thread: this model's provider keeps no message threads; send the whole conversation without this field.",
        })
    },
  )
  test('are kept by Anthropic', () =>
    expect(sent(next, 'claude', '/v1/messages')).toEqual({ model: 'claude-opus-4-7', ...next }))
  test('null is no thread', () =>
    expect(sent({ ...create, thread: null }, 'gpu', '/v1/messages')).toMatchObject({ model: 'org/model' }))
})

describe('a cap above the maximum of the model', () => {
  const messages = [{ role: 'user', content: 'hi' }]
  test.each([
    ['openai', '/v1/messages', { max_tokens: 32_000, messages }, { max_completion_tokens: 16_384 }],
    ['gemini', '/v1/messages', { max_tokens: 128_000, messages }, { generationConfig: { maxOutputTokens: 65_536 } }],
    ['gpu', '/v1/messages', { max_tokens: 128_000, messages }, { max_tokens: 128_000 }],
    ['openai', '/v1/chat/completions', { max_tokens: 32_000, messages }, { max_tokens: 32_000 }],
  ])('%s at %s', (to, path, body, expected) => {
    expect(sent(body, to, path)).toMatchObject(expected)
    const isChanged = !JSON.stringify(expected).includes('000')
    expect(prepareFor(body, { to, path }).warnings ?? []).toEqual(
      isChanged ? [expect.stringContaining('max_tokens: changed: set to')] : [],
    )
  })
})

describe('an image by its address', () => {
  const image = (url: string) => ({
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
  })
  test.each([
    [
      'gemini',
      'https://x.example/a.PNG?sig=1.b',
      { mimeType: 'image/png', fileUri: 'https://x.example/a.PNG?sig=1.b' },
    ],
    ['gemini', 'https://x.example/a', { fileUri: 'https://x.example/a' }],
    ['vertex', 'https://x.example/a.jpg', { mimeType: 'image/jpeg', fileUri: 'https://x.example/a.jpg' }],
  ])('%s fetches %s', (to, url, fileData) =>
    expect(sent(image(url), to)).toMatchObject({ contents: [{ role: 'user', parts: [{ fileData }] }] }),
  )

  test('Bedrock fetches from S3 only', () => {
    expect(sent(image('s3://bucket/a.png'), 'bedrock')).toMatchObject({
      messages: [{ content: [{ image: { format: 'png', source: { s3Location: { uri: 's3://bucket/a.png' } } } }] }],
    })
    expect(sent(image('https://x.example/a.png'), 'bedrock')).toMatchObject({
      code: 'unsupported_parameter',
      message: 'messages[0].content[0]: Bedrock fetches media only from S3; send the data as base64.',
    })
  })
})

test.each([
  ['openai', { service_tier: 'on_demand' }, { service_tier: 'default' }],
  ['openai', { service_tier: 'flex' }, { service_tier: 'flex' }],
  ['azure', { service_tier: 'performance' }, { service_tier: 'priority' }],
  ['groq', { service_tier: 'default' }, { service_tier: 'on_demand' }],
  ['groq', { service_tier: 'on_demand' }, { service_tier: 'on_demand' }],
  ['groq', { reasoning_effort: 'xhigh', verbosity: 'low', prompt_cache_key: 'k' }, { reasoning_effort: 'high' }],
  [
    'mistral',
    { service_tier: 'priority', reasoning_effort: 'max', verbosity: 'low' },
    { service_tier: 'auto', reasoning_effort: 'xhigh' },
  ],
  ['cerebras', { service_tier: 'auto', presence_penalty: 1, seed: 1 }, { seed: 1 }],
  ['deepseek', { reasoning_effort: 'medium' }, { reasoning_effort: 'high' }],
  ['together', { reasoning_effort: 'max' }, { reasoning_effort: 'high' }],
  ['fireworks', { reasoning_effort: 'minimal' }, { reasoning_effort: 'low' }],
  ['gpu', { service_tier: 'on_demand' }, { service_tier: 'on_demand' }],
])('%s gets %j as %j', (to, fields, expected) => {
  const {
    model: _,
    messages: __,
    ...rest
  } = sent({ messages: [{ role: 'user', content: 'hi' }], ...fields }, to) as Record<string, unknown>
  expect(rest).toEqual(expected)
})

describe('a request without its prompt', () => {
  const responses = '/v1/responses'
  test.each<[string, object]>([
    ['a stored prompt', { prompt: { id: 'pmpt_1', version: '2', variables: { city: 'Oslo' } } }],
    ['an earlier response', { previous_response_id: 'resp_0' }],
    ['an earlier response and no further input', { previous_response_id: 'resp_0', input: [] }],
    ['a conversation', { conversation: 'conv_1' }],
  ])('passes to a provider of the same format: %s', (_title, body) =>
    expect(sent({ model: 'gpt-4o', ...body }, 'openai', responses)).toEqual({ model: 'gpt-4o', ...body }),
  )

  test.each<[string, object]>([
    ['nothing', {}],
    ['null', { previous_response_id: null }],
    ['an empty list', { input: [] }],
    ['a prompt that needs a translation', { prompt: { id: 'pmpt_1' } }],
    ['an earlier response that needs a translation', { previous_response_id: 'resp_0' }],
  ])('is rejected: %s', (title, body) => {
    const { message } = sent(body, title.includes('translation') ? 'gpu' : 'openai', responses)
    expect(message).toMatch(/input|stored/)
  })

  test.each(['gpu', 'claude', 'gemini', 'bedrock', 'cohere'])('the error names the stored prompt, for %s', (to) =>
    expect(sent({ prompt: { id: 'pmpt_1' } }, to, responses)['message']).toStartWith('prompt: stored responses'),
  )

  const count = '/v1beta/models/gemini:countTokens'
  test.each(['generateContentRequest', 'generate_content_request'])('%s is counted', (field) => {
    const inner = {
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      systemInstruction: { parts: [{ text: 'a' }] },
    }
    expect(sent({ [field]: { model: 'models/gemini', ...inner } }, 'gemini', count)).toEqual({
      [field]: { model: 'models/gemini-2.5-flash', ...inner },
    })
  })
  test.each(['{}', '{"generateContentRequest":null}'])('a count of nothing is rejected: %s', (body) =>
    expect(sent(body, 'gemini', count)).toMatchObject({ code: 'missing_required_parameter' }),
  )
})

describe('a Gemini client whose history holds calls of another maker', () => {
  const call = { functionCall: { name: 'f', args: {} } }
  const contents = (part: object) => [
    { role: 'user', parts: [{ text: 'hi' }] },
    { role: 'model', parts: [part] },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'x' } } }] },
  ]
  const wrapped = Buffer.from('sluice.1.anthropic.s.SIG').toString('base64')
  test.each<[string, object, string, string | undefined]>([
    ['without a signature', call, 'gemini3', 'skip_thought_signature_validator'],
    [
      'signed by the other maker',
      { ...call, thoughtSignature: wrapped },
      'gemini3',
      'skip_thought_signature_validator',
    ],
    ['signed by Gemini', { ...call, thoughtSignature: 'Abc=' }, 'gemini3', 'Abc='],
    ['for a model that demands no signatures', call, 'gemini', undefined],
  ])('%s', (_title, part, to, signature) => {
    const body = sent({ contents: contents(part) }, to, `/v1beta/models/${to}:generateContent`) as {
      contents: { parts: { thoughtSignature?: string }[] }[]
    }
    expect(body.contents[1]!.parts[0]!.thoughtSignature).toBe(signature)
  })
})

test('of calls that several makers made, the unsigned ones get the placeholder', () => {
  const result = { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] }
  const turn = (signature: object) => [
    { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, ...signature }] },
    result,
  ]
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }, ...turn({}), ...turn({ thoughtSignature: 'Abc=' })]
  const body = sent({ contents }, 'gemini3', '/v1beta/models/gemini3:generateContent') as { contents: typeof contents }
  expect([1, 3].map((at) => body.contents[at]!.parts[0])).toMatchObject([
    { thoughtSignature: 'skip_thought_signature_validator' },
    { thoughtSignature: 'Abc=' },
  ])
})

test.each(['openai', 'mistral', 'groq', 'cerebras'])('signatures of Gemini in messages do not reach %s', (to) => {
  const messages = [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: 'a',
      extra_content: { google: { thought_signature: 'Abc=' } },
      provider_specific_fields: { x: 1 },
    },
    { role: 'user', content: 'b' },
  ]
  const text = JSON.stringify(sent({ messages }, to))
  for (const field of ['extra_content', 'provider_specific_fields']) expect(text).not.toContain(field)
})

describe("what Mistral's clients write into every message of the assistant", () => {
  const messages = (prefix: boolean) => [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'a', prefix },
    { role: 'user', content: 'b' },
  ]
  test.each(['openai', 'azureChat', 'groq', 'cerebras', 'fireworks'])('does not reach %s, without a warning', (to) => {
    const { text, warnings } = prepareFor({ messages: messages(false) }, { to })
    expect([JSON.parse(text).messages[1], warnings]).toEqual([{ role: 'assistant', content: 'a' }, undefined])
  })
  test('reaches Mistral', () =>
    expect(sent({ messages: messages(false) }, 'mistral')).toMatchObject({ messages: messages(false) }))
  test('is never left out if it means something', () =>
    expect(sent({ messages: messages(true) }, 'openai')).toMatchObject({ messages: messages(true) }))
})

describe('a call that was cut, in a history of the same format', () => {
  const text = '{"path":"/a","text":"unfin'
  const calling = (args: string) => ({
    messages: [
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'ls', arguments: args } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'error' },
    ],
  })
  const item = (args: string) => ({ input: [{ type: 'function_call', call_id: 'c', name: 'ls', arguments: args }] })
  const readable = JSON.stringify({ invalid_json: text })

  test('is readable for servers that parse its arguments', () => {
    const { text: body, warnings } = prepareFor(calling(text), { to: 'gpu' })
    expect(JSON.parse(body)).toMatchObject(calling(readable))
    expect(warnings?.join()).toStartWith('messages[1].tool_calls[0]: changed: the arguments of "ls"')
    expect(sent(item(text), 'local', '/v1/responses')).toMatchObject(item(readable))
  })
  test('is the bytes of the client for OpenAI', () => {
    expect(sent(calling(text), 'openai')).toMatchObject(calling(text))
    expect(sent(item(text), 'openai', '/v1/responses')).toMatchObject(item(text))
  })
  test('and calls that are readable change nothing', () => {
    const body = JSON.stringify({ model: 'org/model', ...calling('{"a": 1}') }, null, 1)
    expect(prepareFor(body, { to: 'gpu' }).text).toBe(body)
  })
})
