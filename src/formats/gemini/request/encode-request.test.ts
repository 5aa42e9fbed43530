import { describe, expect, test } from 'bun:test'
import type { Part, Seal } from '../../../chat/part.ts'
import type { ChatRequest, Message, ReasoningControl, Role } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import type { Capability } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { encodeRequest } from './encode-request.ts'
import { PLACEHOLDER } from '../content/signature.ts'

const say = (role: Role, ...parts: (Part | string)[]): Message => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
})
const call = (id: string, seal?: Seal): Part => ({
  type: 'tool-call',
  id,
  name: `f_${id}`,
  arguments: '{"a":1}',
  ...(seal && { seal }),
})
const result = (callId: string, text: string, more: object = {}): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text }],
  ...more,
})
const sealed = (signature: string, origin = 'gemini'): Seal => ({ origin, signature })
const picture = {
  type: 'media',
  kind: 'image',
  mediaType: 'image/png',
  source: { type: 'base64', data: 'iVBORw0KGgo=' },
} as const
const tool = {
  type: 'function',
  name: 'f',
  parameters: { type: 'object', properties: { a: { type: ['string', 'null'] } } },
} as const

const request = (fields: Partial<ChatRequest>): ChatRequest => ({
  format: 'openai-chat',
  model: 'm',
  messages: [say('user', 'Hi')],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
  ...fields,
})

function encode(fields: Partial<ChatRequest>, baseModel = 'gemini-3-flash', capabilities: Capability[] = []) {
  const losses = new Losses()
  const body = encodeRequest(request(fields), { model: 'm', baseModel, capabilities: new Set(capabilities) }, losses)
  return { body, losses: losses.list.map(({ field }) => field) }
}

interface Content {
  readonly role: string
  readonly parts: readonly Record<string, unknown>[]
}

/** The role and the parts of each content. */
const partsOf = (messages: Message[], model?: string): unknown[][] =>
  (encode({ messages }, model).body['contents'] as Content[]).map(({ role, parts }) =>
    Array.of<unknown>(role).concat(parts),
  )

describe('a conversation of another format', () => {
  test('has a separate system instruction, and alternating roles', () =>
    expect(
      encode({ messages: [say('system', 'a'), say('developer', 'b'), say('user', 'c'), say('user', 'd')] }).body,
    ).toEqual({
      systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
      contents: [{ role: 'user', parts: [{ text: 'c' }, { text: 'd' }] }],
    }))

  test('has the system prompt in the first user message, for models without a system instruction', () =>
    expect(partsOf([say('system', 'a'), say('user', 'b')], 'gemma-3-27b-it')).toEqual([
      ['user', { text: 'a' }, { text: 'b' }],
    ]))

  const step = (...parts: Part[]) => [say('user', 'q'), say('assistant', ...parts)]

  test('has all results of a step in one content, named by their calls, without ids that Gemini did not assign', () =>
    expect(
      partsOf(
        [
          ...step(call('x', sealed('s')), call('y')).slice(0, 1),
          say('assistant', call('x'), call('y')),
          say('tool', result('y', 'no')),
          say('tool', result('x', '{"ok":true}')),
          say('user', 'go'),
        ],
        'gemini-2.5-flash',
      ),
    ).toEqual([
      ['user', { text: 'q' }],
      ['model', { functionCall: { name: 'f_x', args: { a: 1 } } }, { functionCall: { name: 'f_y', args: { a: 1 } } }],
      [
        'user',
        { functionResponse: { name: 'f_y', response: { output: 'no' } } },
        { functionResponse: { name: 'f_x', response: { ok: true } } },
        { text: 'go' },
      ],
    ]))

  test.each<[string, Part[], object]>([
    [
      'an id that Gemini assigned is sent back',
      [call('8hd01vsf', sealed('s'))],
      { id: '8hd01vsf', name: 'f_8hd01vsf', args: { a: 1 } },
    ],
    ['a generated id is not', [call('call_2n9c4t_1', sealed('s'))], { name: 'f_call_2n9c4t_1', args: { a: 1 } }],
    [
      'an id of another provider is not',
      [call('toolu_1', sealed('s', 'anthropic'))],
      { name: 'f_toolu_1', args: { a: 1 } },
    ],
  ])('%s', (_title, parts, functionCall) => {
    const id = (parts[0] as { id: string }).id
    const [, [, wire], [, answer]] = partsOf([...step(...parts), say('tool', result(id, 'x'))]) as never as [
      0,
      [0, { functionCall: object }],
      [0, { functionResponse: { id?: string } }],
    ]
    expect(wire.functionCall).toEqual(functionCall)
    expect(answer.functionResponse.id).toBe((functionCall as { id?: string }).id!)
  })
})

describe('signatures of thoughts', () => {
  const history = (...parts: Part[]) => [
    say('user', 'q'),
    say('assistant', ...parts),
    say('tool', ...parts.filter((part) => part.type === 'tool-call').map(({ id }) => result(id, 'x'))),
  ]
  const signatures = (parts: Part[], model?: string) =>
    (partsOf(history(...parts), model)[1] as Record<string, unknown>[]).slice(1).map((part) => part['thoughtSignature'])
  const thought = (text: string, seal?: Seal): Part => ({ type: 'reasoning', text, ...(seal && { seal }) })

  test.each<[string, Part[], (string | undefined)[]]>([
    ['are sent back with their call', [call('x', sealed('s')), call('y')], ['s', undefined]],
    ['move from the reasoning to the next call', [thought('', sealed('s')), call('x')], ['s']],
    [
      'move from the reasoning to the next text',
      [thought('', sealed('s')), { type: 'text', text: 'a' }, call('x', sealed('t'))],
      ['s', 't'],
    ],
    ['move to the call, and the thought keeps its text', [thought('Hm.', sealed('s')), call('x')], [undefined, 's']],
    ['of other providers are dropped', [thought('Hm.', sealed('s', 'anthropic')), call('x', sealed('t'))], ['t']],
    ['that are missing are replaced on the first call', [call('x'), call('y')], [PLACEHOLDER, undefined]],
    ['of another provider are replaced', [call('x', sealed('s', 'anthropic'))], [PLACEHOLDER]],
    ['move to the call, past other reasoning', [thought('', sealed('s')), thought('Hm.'), call('x')], ['s']],
    ['after the last part are a part of their own', [call('x', sealed('t')), thought('', sealed('s'))], ['t', 's']],
  ])('%s', (_title, parts, expected) => expect(signatures(parts)).toEqual(expected as string[]))

  test('are not required by older models', () =>
    expect(signatures([call('x')], 'gemini-2.5-flash')).toEqual([undefined]))

  test('that are missing are reported', () =>
    expect(encode({ messages: history(call('x')) }).losses).toEqual(['messages[1].content[0]']))
})

describe('the result of a tool', () => {
  const response = (part: Part, model?: string) =>
    partsOf([say('user', 'q'), say('assistant', call('x')), say('tool', part)], model)[2]!.slice(1)

  test.each<[string, Part, object]>([
    ['a JSON object', result('x', '{"b":1,"a":12345678901234567890}'), { b: 1 }],
    ['a text', result('x', 'sunny'), { output: 'sunny' }],
    ['a JSON list', result('x', '[1]'), { output: '[1]' }],
    ['an empty text', result('x', ''), { output: '' }],
    ['an error', result('x', '{"why":1}', { isError: true }), { error: '{"why":1}' }],
    ['a text that would be read as references', result('x', '{"$ref":"#/a"}'), { output: '{"$ref":"#/a"}' }],
    ['a text that would be read as definitions', result('x', '{"a":{"$defs":{}}}'), { output: '{"a":{"$defs":{}}}' }],
  ])('%s', (_title, part, expected) =>
    expect((response(part)[0] as { functionResponse: object }).functionResponse).toMatchObject({ response: expected }),
  )

  test('keeps large integers exact', () =>
    expect(JSON.stringify(response(result('x', '{"a":12345678901234567890}')))).toContain('"a":12345678901234567890'))

  test('has its image inside for new models, after it for old ones', () => {
    const part: Part = { type: 'tool-result', callId: 'x', content: [{ type: 'text', text: 'see' }, picture] }
    const inlineData = { mimeType: 'image/png', data: picture.source.data }
    expect(response(part)).toEqual([
      { functionResponse: { name: 'f_x', response: { output: 'see' }, parts: [{ inlineData }] } },
    ])
    expect(response(part, 'gemini-2.5-pro')).toEqual([
      { functionResponse: { name: 'f_x', response: { output: 'see' } } },
      { inlineData },
    ])
  })
})

describe('thinking', () => {
  const level = (thinkingLevel: string, includeThoughts = true) => ({
    thinkingLevel,
    ...(includeThoughts && { includeThoughts }),
  })
  const budget = (thinkingBudget: number, includeThoughts = true) => ({
    thinkingBudget,
    ...(includeThoughts && { includeThoughts }),
  })
  test.each<[string, ReasoningControl, string, object | undefined, boolean]>([
    ['an effort becomes a level', { effort: 'medium' }, 'gemini-3-flash', level('MEDIUM'), false],
    [
      'an effort becomes the next level that the model has',
      { effort: 'medium' },
      'gemini-3-pro-preview',
      level('HIGH'),
      false,
    ],
    [
      'an effort becomes a level of a later version',
      { effort: 'medium' },
      'gemini-3.1-pro-preview',
      level('MEDIUM'),
      false,
    ],
    [
      'an effort becomes a level of the next generation',
      { effort: 'minimal' },
      'gemini-4-argon',
      level('MINIMAL'),
      false,
    ],
    ['the maximum becomes the highest level', { effort: 'xhigh' }, 'gemini-3-flash', level('HIGH'), false],
    ['none becomes the lowest level', { effort: 'none' }, 'gemini-3-pro', level('LOW', false), true],
    ['a budget becomes a level', { mode: 'on', budgetTokens: 20_000 }, 'models/gemini-3-flash', level('MEDIUM'), false],
    ['an effort becomes a budget', { effort: 'medium' }, 'gemini-2.5-flash', budget(19_660), false],
    ['an effort becomes at most the maximum budget', { effort: 'high' }, 'gemini-2.5-flash', budget(24_576), false],
    ['none becomes 0 if thinking can be turned off', { effort: 'none' }, 'gemini-2.5-flash', budget(0, false), false],
    [
      'off becomes the minimum if thinking cannot be turned off',
      { mode: 'off' },
      'gemini-2.5-pro',
      budget(128, false),
      true,
    ],
    ['minimal becomes a small budget', { effort: 'minimal' }, 'gemini-2.5-flash-lite', budget(512), false],
    ['a budget is kept', { budgetTokens: 2000 }, 'gemini-2.5-pro', budget(2000), false],
    ['a budget is limited to the maximum', { budgetTokens: 60_000 }, 'gemini-2.5-pro', budget(32_768), true],
    ['adaptive becomes dynamic', { mode: 'adaptive' }, 'gemini-2.5-pro', budget(-1), false],
    ['thoughts are hidden', { effort: 'low', summary: 'none' }, 'gemini-3-flash', level('LOW', false), false],
    ['an effort is left out for models without thinking', { effort: 'high' }, 'gemini-2.0-flash', undefined, true],
  ])('%s: %j for %s', (_title, reasoning, model, thinkingConfig, isLoss) => {
    const { body, losses } = encode({ reasoning }, model)
    expect((body['generationConfig'] as { thinkingConfig?: object } | undefined)?.thinkingConfig).toEqual(
      thinkingConfig,
    )
    expect(losses).toEqual(isLoss ? ['reasoning_effort'] : [])
  })
})

test('clients of Responses get thoughts only if they request them', () => {
  const shown = (reasoning: ReasoningControl) =>
    encode({ format: 'openai-responses', reasoning }).body['generationConfig']
  expect(shown({ effort: 'low' })).toEqual({ thinkingConfig: { thinkingLevel: 'LOW' } })
  expect(shown({ effort: 'low', summary: 'auto' })).toEqual({
    thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
  })
})

describe('a field', () => {
  const config = (generationConfig: object) => ({ generationConfig })
  test.each<[string, Partial<ChatRequest>, string, object]>([
    [
      'a schema for a new model',
      { output: { type: 'json-schema', schema: { const: 'a' } } },
      'gemini-2.5-flash',
      config({ responseMimeType: 'application/json', responseJsonSchema: { const: 'a' } }),
    ],
    [
      'a schema for an old model',
      { output: { type: 'json-schema', schema: { const: 'a' } } },
      'gemini-2.0-flash',
      config({ responseMimeType: 'application/json', responseSchema: { type: 'STRING', format: 'enum', enum: ['a'] } }),
    ],
    ['JSON', { output: { type: 'json' } }, 'x', config({ responseMimeType: 'application/json' })],
    [
      'sampling',
      {
        sampling: { temperature: 1.5, topK: 3, choices: 2, logprobs: true, topLogprobs: 5 },
        maxOutput: 9,
        stop: ['a'],
      },
      'x',
      config({
        temperature: 1.5,
        topK: 3,
        candidateCount: 2,
        responseLogprobs: true,
        logprobs: 5,
        maxOutputTokens: 9,
        stopSequences: ['a'],
      }),
    ],
    [
      'a tool for a new model',
      { tools: [tool] },
      'gemini-2.5-flash',
      { tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: tool.parameters }] }] },
    ],
    [
      'a tool for an old model',
      { tools: [tool] },
      'gemini-1.5-pro',
      {
        tools: [
          {
            functionDeclarations: [
              { name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } } },
            ],
          },
        ],
      },
    ],
    [
      'a tool without arguments',
      { tools: [{ ...tool, parameters: { type: 'object', properties: {} } }] },
      'gemini-1.5-pro',
      { tools: [{ functionDeclarations: [{ name: 'f' }] }] },
    ],
    [
      'one tool',
      { tools: [tool], toolChoice: { type: 'tool', name: 'f' } },
      'x',
      { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } },
    ],
    [
      'a subset of the tools',
      { tools: [tool], toolChoice: { type: 'subset', names: ['f'], mustCall: false } },
      'x',
      { toolConfig: { functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['f'] } } },
    ],
    [
      'the detail of images',
      { messages: [say('user', { ...picture, detail: 'low' })] },
      'x',
      config({ mediaResolution: 'MEDIA_RESOLUTION_LOW' }),
    ],
  ])('%s', (_title, fields, model, body) => {
    const encoded = encode(fields, model)
    expect(encoded.body).toMatchObject(body)
    expect(encoded.losses).toEqual([])
  })

  test('a tool choice without tools is left out', () =>
    expect(encode({ toolChoice: { type: 'required' }, parallelTools: false }).body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    }))

  test('a tier is written for providers with tiers', () => {
    expect(encode({ tier: 'default' }, 'x', ['service-tier'])).toMatchObject({
      body: { serviceTier: 'standard' },
      losses: [],
    })
    expect(encode({ tier: 'flex' })).toMatchObject({ losses: ['service_tier'] })
    expect(encode({ tier: 'on_demand' })).toMatchObject({ losses: ['service_tier'] })
    expect(encode({ tier: 'auto' })).toMatchObject({ losses: [] })
  })

  test.each<[string, Partial<ChatRequest>, string[]]>([
    ['logit_bias', { sampling: { logitBias: { 1: 2 } } }, ['logit_bias']],
    ['min_p', { sampling: { minP: 0.1 } }, ['min_p']],
    [
      'users and metadata',
      { user: 'u', metadata: { a: 'b' }, store: true, verbosity: 'low', cacheKey: 'k' },
      ['safety_identifier', 'metadata', 'verbosity', 'prompt_cache_key', 'store'],
    ],
    ['store: false is not reported', { store: false }, []],
    ['one call at a time', { tools: [tool], parallelTools: false }, ['parallel_tool_calls']],
    ['strict tools', { tools: [{ ...tool, strict: true }] }, ['tools[0].strict']],
    [
      'cache marks',
      { messages: [say('user', { type: 'text', text: 'a', cache: {} })], tools: [{ ...tool, cache: {} }] },
      ['messages[0].content[0].cache_control', 'tools[0].cache_control'],
    ],
    ['names of participants', { messages: [{ ...say('user', 'a'), name: 'Ann' }] }, ['messages[0].name']],
    ['names of files', { messages: [say('user', { ...picture, name: 'a.png' })] }, ['messages[0].content[0].filename']],
    [
      'images with different detail',
      { messages: [say('user', { ...picture, detail: 'low' }, picture)] },
      ['messages[0].content[0].detail'],
    ],
    ['fields of another format', { extra: { top_a: 1 } }, ['top_a']],
  ])('a loss is reported: %s', (_title, fields, losses) =>
    expect(encode(fields).losses.toSorted()).toEqual(losses.toSorted()),
  )
})

describe('rejected, because the response would have another meaning', () => {
  const native = { type: 'native', format: 'anthropic', kind: 'server_tool_use', value: {} } as const
  test.each<[string, Partial<ChatRequest>, string]>([
    ['six stop sequences', { stop: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'stop'],
    ['a part of another format', { messages: [say('user', native)] }, 'messages[0].content[0]'],
    ['a tool of another format', { tools: [{ ...native, kind: 'web_search' }] }, 'tools[0]'],
    [
      'a tool choice of another format',
      { tools: [tool], toolChoice: { type: 'native', format: 'x', value: 1 } },
      'tool_choice',
    ],
    ['a tool name that Gemini does not accept', { tools: [{ ...tool, name: '1st' }] }, 'tools[0]'],
    [
      'a file of another provider',
      { messages: [say('user', { ...picture, source: { type: 'id', id: 'file-1' } })] },
      'messages[0].content[0]',
    ],
    [
      'an image by URL',
      { messages: [say('user', { ...picture, source: { type: 'url', url: 'https://x/y.png' } })] },
      'messages[0].content[0]',
    ],
    ['a prefill', { messages: [say('user', 'a'), say('assistant', 'b')] }, 'messages[1].content[0]'],
    ['a field that changes the meaning', { extra: { audio: {} } }, 'audio'],
    [
      'data of an unknown type',
      { messages: [say('user', { type: 'media', kind: 'file', source: { type: 'base64', data: 'AAAA' } })] },
      'messages[0].content[0]',
    ],
  ])('%s', (_title, fields, param) => {
    let thrown: unknown
    try {
      encode(fields)
    } catch (error) {
      thrown = error
    }
    expect(asGatewayError(thrown)).toMatchObject({ code: 'unsupported_parameter', details: { param } })
  })

  test('arguments that are not an object', () =>
    expect(() =>
      encode({
        messages: [
          say('user', 'a'),
          say('assistant', { type: 'tool-call', id: 'x', name: 'f', arguments: '{"a":' }),
          say('tool', result('x', '')),
        ],
      }),
    ).toThrow('must be a JSON object'))

  test('an image by URL is accepted by providers that fetch URLs', () =>
    expect(
      encode({ messages: [say('user', { ...picture, source: { type: 'url', url: 'https://x/y.png' } })] }, 'x', [
        'fetches-urls',
      ]).body,
    ).toMatchObject({ contents: [{ parts: [{ fileData: { fileUri: 'https://x/y.png', mimeType: 'image/png' } }] }] }))
})
