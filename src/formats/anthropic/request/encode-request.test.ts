import { describe, expect, test } from 'bun:test'
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, Message, Role } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import { Losses } from '../../translation/losses.ts'
import { encodeRequest } from './encode-request.ts'

const text = (value: string): Part => ({ type: 'text', text: value })
const say = (role: Role, ...parts: (Part | string)[]): Message => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)),
})
const call = (id: string, args = '{}'): Part => ({ type: 'tool-call', id, name: 'f', arguments: args })
const result = (callId: string, ...content: Part[]): Part => ({
  type: 'tool-result',
  callId,
  content: content as never,
})
const tool = { type: 'function', name: 'f' } as const

const OPUS = 'claude-opus-4-6'
const MANUAL = 'claude-sonnet-4-5'

function encode(fields: Partial<ChatRequest>, model = OPUS) {
  const losses = new Losses()
  const request: ChatRequest = {
    format: 'openai-chat',
    model: 'm',
    messages: [say('user', 'hi')],
    tools: [],
    sampling: {},
    stop: [],
    stream: false,
    wantsUsage: false,
    ...fields,
  }
  const target = { model, baseModel: model, capabilities: new Set<never>() }
  const body = JSON.parse(JSON.stringify(encodeRequest(request, target, losses))) as Record<string, unknown>
  return { body, losses: losses.list.map(({ field, what }) => `${field}: ${what}`) }
}

test.each([
  ['a short prompt', 400, 'claude-sonnet-4-5', 64_000],
  ['a long prompt', 600_000, 'claude-sonnet-4-5', 35_000],
  ['a prompt that fills the window', 790_000, 'claude-sonnet-4-5', 4096],
  ['a long prompt of a model with a large window', 600_000, 'claude-opus-4-7', 128_000],
  ['a long prompt of an unknown model', 600_000, 'kimi-k2', 32_000],
])('the default of max_tokens fits what %s leaves of the window', (_title, chars, model, expected) => {
  const messages = [say('user', 'x'.repeat(chars))]
  const { max_tokens: cap } = encode({ messages }, model).body as { max_tokens: number }
  expect(Math.abs(cap - expected)).toBeLessThan(10)
  expect((encode({ messages, maxOutput: 64 }, model).body as { max_tokens: number }).max_tokens).toBe(64)
})

test('a minimal request gets max_tokens', () =>
  expect(encode({})).toEqual({
    body: { model: OPUS, max_tokens: 128_000, messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
    losses: [],
  }))

describe('a field is encoded', () => {
  test.each<[string, Partial<ChatRequest>, string, object, string[]]>([
    ['max_tokens', { maxOutput: 5 }, OPUS, { max_tokens: 5 }, []],
    [
      'max_tokens above the maximum of the model',
      { maxOutput: 200_000 },
      OPUS,
      { max_tokens: 128_000 },
      ['max_completion_tokens: changed: set to 128000, the maximum of this model'],
    ],
    ['a stream', { stream: true }, OPUS, { stream: true }, []],
    ['a user', { user: 'u' }, OPUS, { metadata: { user_id: 'u' } }, []],
    [
      'sequences',
      { stop: ['a', ' \n'] },
      OPUS,
      { stop_sequences: ['a'] },
      ['stop: removed: Anthropic does not accept blank stop sequences'],
    ],
    [
      'a temperature',
      { sampling: { temperature: 1.5 } },
      OPUS,
      { temperature: 1 },
      ['temperature: changed: set to 1, the maximum at Anthropic'],
    ],
    [
      'temperature and top_p',
      { sampling: { temperature: 0.5, topP: 0.9 } },
      'claude-3-opus',
      { temperature: 0.5, top_p: 0.9 },
      [],
    ],
    [
      'temperature and top_p, at a model that accepts one of them',
      { sampling: { temperature: 0.5, topP: 0.9 } },
      OPUS,
      { temperature: 0.5 },
      ['top_p: removed: this model accepts temperature or top_p, not both'],
    ],
    ['a tier', { tier: 'priority' }, OPUS, { service_tier: 'auto' }, []],
    ['another tier', { tier: 'default' }, OPUS, { service_tier: 'standard_only' }, []],
    ['speed', { tier: 'fast' }, OPUS, { speed: 'fast' }, []],
    [
      'a schema',
      { output: { type: 'json-schema', name: 'n', schema: { type: 'object', additionalProperties: false } } },
      OPUS,
      { output_config: { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } } },
      [],
    ],
    [
      'a schema with limits',
      {
        output: { type: 'json-schema', schema: { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } } },
      },
      OPUS,
      {
        output_config: {
          format: {
            type: 'json_schema',
            schema: {
              type: 'object',
              properties: { a: { type: 'integer', description: '{minimum: 1}' } },
              additionalProperties: false,
            },
          },
        },
      },
      [
        'response_format.schema: changed: Claude does not enforce minimum, so the descriptions contain them; objects accept no additional properties',
      ],
    ],
    [
      'a strict tool with limits',
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            strict: true,
            parameters: {
              type: 'object',
              properties: { a: { type: 'string', maxLength: 3 } },
              additionalProperties: false,
            },
          },
        ],
      },
      OPUS,
      {
        tools: [
          {
            name: 'f',
            strict: true,
            input_schema: { properties: { a: { type: 'string', description: '{maxLength: 3}' } } },
          },
        ],
      },
      ['tools[0].parameters: changed: Claude does not enforce maxLength, so the descriptions contain them'],
    ],
    [
      'a tool with names of properties that Claude rejects',
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            parameters: {
              type: 'object',
              properties: { $filter: { type: 'string' }, a: { properties: { 'b c': {} } } },
              required: ['$filter', 'a'],
            },
          },
        ],
      },
      OPUS,
      {
        tools: [
          {
            name: 'f',
            input_schema: { type: 'object', properties: { a: { properties: {} } }, required: ['a'] },
          },
        ],
      },
      [
        'tools[0].parameters: changed: without the properties "b c", "$filter": Claude accepts names of 1 to 64 letters, digits, _ . and -',
      ],
    ],
    [
      'a strict tool that Claude cannot follow exactly',
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            strict: true,
            parameters: { type: 'object', properties: { a: { $ref: '#' } } },
          },
        ],
      },
      OPUS,
      { tools: [{ name: 'f', input_schema: { type: 'object', properties: { a: { $ref: '#' } } } }] },
      [
        'tools[0].strict: removed: tools[0]: the schema refers to itself or has more than 500 references, which Claude does not support.',
      ],
    ],
    [
      'a cache mark on the request',
      { cache: { ttl: '1h' } },
      OPUS,
      { cache_control: { type: 'ephemeral', ttl: '1h' } },
      [],
    ],
    [
      'a cache mark with a longer ttl',
      { cache: { ttl: '12h' } },
      OPUS,
      { cache_control: { type: 'ephemeral', ttl: '1h' } },
      ['cache_control: cache ttl: changed: set to 1h, because Anthropic supports 5m and 1h, not 12h'],
    ],
    [
      'a tool without parameters',
      { tools: [tool] },
      OPUS,
      { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }] },
      [],
    ],
    [
      'a tool with its cache mark',
      { tools: [{ ...tool, cache: {} }] },
      OPUS,
      { tools: [{ name: 'f', cache_control: { type: 'ephemeral' } }] },
      [],
    ],
    ['a tool choice', { tools: [tool], toolChoice: { type: 'required' } }, OPUS, { tool_choice: { type: 'any' } }, []],
    [
      'one call at a time',
      { tools: [tool], parallelTools: false },
      OPUS,
      { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      [],
    ],
    [
      'both',
      { tools: [tool], toolChoice: { type: 'tool', name: 'f' }, parallelTools: false },
      OPUS,
      { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
      [],
    ],
    [
      'none',
      { tools: [tool], toolChoice: { type: 'none' }, parallelTools: false },
      OPUS,
      { tool_choice: { type: 'none' } },
      [],
    ],
    [
      'a subset of the tools',
      { tools: [tool, { ...tool, name: 'g' }], toolChoice: { type: 'subset', names: ['g'], mustCall: true } },
      OPUS,
      { tools: [{ name: 'g', input_schema: { type: 'object', properties: {} } }], tool_choice: { type: 'any' } },
      [],
    ],
    [
      'effort',
      { reasoning: { effort: 'high' } },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      [],
    ],
    [
      'the effort minimal',
      { reasoning: { effort: 'minimal' } },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      [],
    ],
    [
      'the effort xhigh',
      { reasoning: { effort: 'xhigh' } },
      'claude-opus-4-7',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } },
      [],
    ],
    [
      'the effort xhigh, at a model that does not support it',
      { reasoning: { effort: 'xhigh' } },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      ['reasoning_effort: changed: set to high, because this model does not support xhigh'],
    ],
    ['the effort none', { reasoning: { effort: 'none' } }, OPUS, { thinking: { type: 'disabled' } }, []],
    [
      'reasoning summaries',
      { reasoning: { effort: 'low', summary: 'auto' } },
      OPUS,
      { thinking: { type: 'adaptive', display: 'summarized' } },
      [],
    ],
    [
      'an effort from a budget',
      { reasoning: { mode: 'on', budgetTokens: 6000 }, maxOutput: 10_000 },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      [],
    ],
    [
      'a budget from an effort',
      { reasoning: { effort: 'medium' } },
      MANUAL,
      { max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 19_200 } },
      [],
    ],
    [
      'a low effort with a small budget',
      { reasoning: { effort: 'low' }, maxOutput: 2000 },
      MANUAL,
      { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } },
      [],
    ],
    [
      'a budget above max_tokens',
      { reasoning: { budgetTokens: 9000 }, maxOutput: 4000 },
      MANUAL,
      { thinking: { type: 'enabled', budget_tokens: 3999 } },
      ['reasoning_effort: changed: set to a budget of 3999 tokens'],
    ],
  ])('%s', (_title, fields, model, expected, losses) => {
    const encoded = encode(fields, model)
    expect(encoded.body).toMatchObject(expected)
    expect(encoded.losses).toEqual(losses)
  })
})

describe('a field is left out and reported', () => {
  test.each<[string, Partial<ChatRequest>, string, string[], string[]]>([
    [
      'sampling parameters at the newest models',
      { sampling: { temperature: 0, topP: 0.5, topK: 5 } },
      'claude-opus-4-7',
      ['temperature', 'top_p', 'top_k'],
      ['temperature', 'top_p', 'top_k'],
    ],
    [
      'sampling parameters while thinking is on',
      { sampling: { temperature: 0 }, reasoning: { effort: 'high' } },
      MANUAL,
      ['temperature'],
      ['temperature'],
    ],
    [
      'the default temperature is not reported',
      { sampling: { temperature: 1 } },
      'claude-opus-4-7',
      ['temperature'],
      [],
    ],
    [
      'thinking at a model without it',
      { reasoning: { effort: 'high' } },
      'claude-3-opus',
      ['thinking', 'output_config'],
      ['reasoning_effort'],
    ],
    [
      'thinking with too small a max_tokens',
      { reasoning: { effort: 'high' }, maxOutput: 1000 },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'thinking with a forced tool call',
      { tools: [tool], toolChoice: { type: 'required' }, reasoning: { effort: 'high' } },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'thinking after an unsigned call',
      {
        messages: [say('user', 'a'), say('assistant', call('x')), say('tool', result('x'))],
        reasoning: { effort: 'high' },
      },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'a tool choice without tools',
      { toolChoice: { type: 'required' }, parallelTools: false },
      OPUS,
      ['tool_choice', 'tools'],
      ['tool_choice'],
    ],
    ['a cheap tier', { tier: 'flex' }, OPUS, ['service_tier'], ['service_tier']],
    ["Groq's default tier", { tier: 'on_demand' }, OPUS, ['service_tier'], ['service_tier']],
    [
      'unsupported parameters',
      {
        sampling: { seed: 1, frequencyPenalty: 0.1, logprobs: true, topLogprobs: 2, logitBias: { 1: 1 } },
        store: true,
        verbosity: 'low',
        cacheKey: 'k',
        metadata: { a: 'b' },
      },
      OPUS,
      ['seed'],
      [
        'seed',
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'top_logprobs',
        'metadata',
        'verbosity',
        'store',
        'prompt_cache_key',
      ],
    ],
    [
      'explicit defaults',
      { sampling: { presencePenalty: 0, logprobs: false, choices: 1 }, verbosity: 'medium', store: false },
      OPUS,
      ['n'],
      [],
    ],
    ["another format's fields", { extra: { prediction: {} } }, OPUS, ['prediction'], ['prediction']],
    [
      'reasoning signed by another provider',
      {
        messages: [
          say('user', 'a'),
          say('assistant', { type: 'reasoning', text: 't', seal: { origin: 'gemini', signature: 's' } }, 'b'),
          say('user', 'c'),
        ],
      },
      OPUS,
      [],
      ['messages[1].content[0]'],
    ],
    [
      'unsigned reasoning',
      { messages: [say('user', 'a'), say('assistant', { type: 'reasoning', text: 't' }, 'b'), say('user', 'c')] },
      OPUS,
      [],
      ['messages[1].content[0]'],
    ],
    [
      'the seal of a call',
      {
        messages: [
          say('user', 'a'),
          say('assistant', { ...call('x'), seal: { origin: 'gemini', signature: 's' } } as Part),
          say('tool', result('x')),
        ],
      },
      OPUS,
      [],
      ['messages[1].content[0]: signature'],
    ],
    [
      'the detail of an image',
      { messages: [say('user', { type: 'media', kind: 'image', source: { type: 'url', url: 'u' }, detail: 'low' })] },
      OPUS,
      [],
      ['messages[0].content[0].detail'],
    ],
  ])('%s', (_title, fields, model, absent, losses) => {
    const encoded = encode(fields, model)
    for (const field of absent) expect(encoded.body).not.toHaveProperty(field)
    expect(encoded.losses.map((loss) => loss.split(': removed')[0]!)).toEqual(losses)
  })
})

test('parallel_tool_calls: false is left out with tool choice none', () =>
  expect(encode({ tools: [tool], toolChoice: { type: 'none' }, parallelTools: false }).body['tool_choice']).toEqual({
    type: 'none',
  }))

test('JSON mode becomes an instruction in the system prompt', () => {
  const { body, losses } = encode({ output: { type: 'json' }, messages: [say('system', 's'), say('user', 'a')] })
  expect(body['system']).toEqual([text('s'), text('Answer with one JSON object and nothing else.')])
  expect(losses).toHaveLength(1)
})

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')
const PDF = Buffer.from('%PDF-1.4').toString('base64')

describe('a conversation becomes', () => {
  test.each<[string, Message[], object]>([
    [
      'system blocks with their cache marks',
      [say('system', { type: 'text', text: 's', cache: {} }), say('developer', 'd'), say('user', 'a')],
      { system: [{ ...text('s'), cache_control: { type: 'ephemeral' } }, text('d')] },
    ],
    [
      'parallel results in one turn, before all other content',
      [
        say('user', 'a'),
        say('assistant', call('x', '{"b":1,"a":{}}'), call('y', '')),
        say('tool', result('y', text('Y'))),
        say('tool', result('x', text('X'))),
        say('user', 'b'),
      ],
      {
        messages: [
          { role: 'user', content: [text('a')] },
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 'x', name: 'f', input: { b: 1, a: {} } },
              { type: 'tool_use', id: 'y', name: 'f', input: {} },
            ],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'y', content: 'Y' },
              { type: 'tool_result', tool_use_id: 'x', content: 'X' },
              text('b'),
            ],
          },
        ],
      },
    ],
    [
      'ids that Anthropic accepts, the same in call and result',
      [say('user', 'a'), say('assistant', call('functions.f:0')), say('tool', result('functions.f:0'))],
      {
        messages: [
          {},
          { content: [{ id: 'VrkaGjgpb5KsSBlvgM6tp2EB' }] },
          { content: [{ type: 'tool_result', tool_use_id: 'VrkaGjgpb5KsSBlvgM6tp2EB' }] },
        ],
      },
    ],
    [
      'a result with its image and its cache mark, without the error flag, which is for texts only',
      [
        say('user', 'a'),
        say('assistant', call('x')),
        say('tool', {
          ...result('x', text('t'), {
            type: 'media',
            kind: 'image',
            source: { type: 'base64', data: PNG },
            mediaType: 'image/jpeg',
          }),
          isError: true,
          cache: { ttl: '5m' },
        } as Part),
      ],
      {
        messages: [
          {},
          {},
          {
            content: [
              {
                type: 'tool_result',
                tool_use_id: 'x',
                content: [text('t'), { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }],
                cache_control: { type: 'ephemeral', ttl: '5m' },
              },
            ],
          },
        ],
      },
    ],
    [
      'a document',
      [say('user', { type: 'media', kind: 'file', source: { type: 'base64', data: PDF }, name: 'a.pdf' })],
      {
        messages: [
          {
            content: [
              {
                type: 'document',
                source: { type: 'base64', media_type: 'application/pdf', data: PDF },
                title: 'a.pdf',
              },
            ],
          },
        ],
      },
    ],
    [
      'a text file',
      [
        say('user', {
          type: 'media',
          kind: 'file',
          mediaType: 'text/csv',
          source: { type: 'base64', data: btoa('a,b') },
        }),
      ],
      {
        messages: [
          { content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } }] },
        ],
      },
    ],
    [
      'a call without the empty text next to it',
      [say('user', 'a'), say('assistant', ' ', call('x')), say('tool', result('x'))],
      { messages: [{}, { content: [{ type: 'tool_use' }] }, {}] },
    ],
    [
      'cache marks of an assistant text, a call and a result on their blocks',
      [
        say('user', 'a'),
        say('assistant', { type: 'text', text: 'b', cache: {} }, { ...call('x'), cache: { ttl: '1h' } } as Part),
        say('tool', { ...result('x'), cache: {} } as Part),
      ],
      {
        messages: [
          {},
          { content: [{ cache_control: { type: 'ephemeral' } }, { cache_control: { type: 'ephemeral', ttl: '1h' } }] },
          { content: [{ cache_control: { type: 'ephemeral' } }] },
        ],
      },
    ],
    [
      'a refusal as text',
      [say('user', 'a'), say('assistant', { type: 'refusal', text: 'no' }), say('user', 'b')],
      { messages: [{}, { role: 'assistant', content: [text('no')] }, {}] },
    ],
    [
      "Claude's own reasoning, in its place",
      [
        say('user', 'a'),
        say(
          'assistant',
          { type: 'reasoning', text: 't', seal: { origin: 'anthropic', signature: 's' } },
          { type: 'reasoning', text: '', seal: { origin: 'anthropic', data: 'd' } },
          call('x'),
        ),
        say('tool', result('x')),
      ],
      {
        messages: [
          {},
          {
            content: [
              { type: 'thinking', thinking: 't', signature: 's' },
              { type: 'redacted_thinking', data: 'd' },
              { type: 'tool_use' },
            ],
          },
          {},
        ],
      },
    ],
  ])('%s', (_title, messages, expected) => expect(encode({ messages }).body).toMatchObject(expected))

  test('a prefill has no white space at its end, for models that support one', () =>
    expect(encode({ messages: [say('user', 'a'), say('assistant', 'b \n')] }, MANUAL).body['messages']).toEqual([
      { role: 'user', content: [text('a')] },
      { role: 'assistant', content: [text('b')] },
    ]))

  test('with signed reasoning in the tool loop, thinking stays on', () => {
    const messages = [
      say('user', 'a'),
      say('assistant', { type: 'reasoning', text: 't', seal: { origin: 'anthropic', signature: 's' } }, call('x')),
      say('tool', result('x')),
    ]
    expect(encode({ messages, reasoning: { effort: 'high' } }, MANUAL).body['thinking']).toBeDefined()
  })
})

describe('rejected, with the field in the message', () => {
  const media = (fields: object): Partial<ChatRequest> => ({
    messages: [say('user', { type: 'media', kind: 'image', ...fields } as Part)],
  })
  test.each<[string, Partial<ChatRequest>, string]>([
    ['two choices', { sampling: { choices: 2 } }, 'n: Anthropic generates one choice per request'],
    [
      'a native part',
      { messages: [say('user', { type: 'native', format: 'gemini', kind: 'executableCode', value: {} })] },
      'messages[0].content[0]: the Anthropic format has no equivalent of executableCode',
    ],
    [
      'a native tool',
      { tools: [{ type: 'native', format: 'openai-responses', kind: 'file_search', value: {} }] },
      'tools[0]: Anthropic has no equivalent of the tool file_search',
    ],
    [
      'a native tool choice',
      { tools: [tool], toolChoice: { type: 'native', format: 'openai-chat', value: {} } },
      'tool_choice: Anthropic has no equivalent of this tool choice',
    ],
    [
      'a tool name with invalid characters',
      { tools: [{ ...tool, name: 'a.b' }] },
      'tools[0]: Anthropic requires tool names of 1 to 128 letters, digits, _ and -, not "a.b"',
    ],
    [
      'sound',
      media({ kind: 'audio', source: { type: 'base64', data: 'x' } }),
      'messages[0].content[0]: Anthropic does not accept audio input',
    ],
    [
      'an image of an unsupported type',
      media({ source: { type: 'base64', data: btoa('BM\0\0\0\0\0\0\0\0\0\0') } }),
      'messages[0].content[0]: Anthropic accepts JPEG, PNG, GIF and WebP images, not image/bmp',
    ],
    [
      "another's file",
      media({ source: { type: 'id', id: 'f' } }),
      'messages[0].content[0]: Anthropic cannot read a file that was uploaded to another provider; send its data or a URL',
    ],
    [
      'a spreadsheet',
      media({ kind: 'file', mediaType: 'application/vnd.ms-excel', source: { type: 'base64', data: 'AAAA' } }),
      'messages[0].content[0]: Anthropic accepts PDF and text documents, not application/vnd.ms-excel',
    ],
    [
      'an image in an assistant message',
      {
        messages: [
          say('user', 'a'),
          say('assistant', { type: 'media', kind: 'image', source: { type: 'url', url: 'u' } }),
          say('user', 'b'),
        ],
      },
      'messages[1].content[0]: Anthropic does not accept media parts in assistant messages',
    ],
    [
      'a prefill at a model that does not support one',
      { messages: [say('user', 'a'), say('assistant', 'b')] },
      'messages[1].content[0]: this model cannot continue an assistant message; the last message must be from the user',
    ],
    [
      'arguments that are not an object',
      { messages: [say('user', 'a'), say('assistant', call('x', '[1')), say('tool', result('x'))] },
      'messages[1].content[0]: the arguments of "f" must be a JSON object in a string.',
    ],
    [
      'a call without a result',
      { messages: [say('user', 'a'), say('assistant', call('x'))] },
      'messages lacks the result of the tool call "x".',
    ],
    [
      'a result without a call',
      { messages: [say('user', 'a'), say('tool', result('x'))] },
      'messages[1].content[0] has a result for the tool call "x", but the previous turn has no such call.',
    ],
  ])('%s', (_title, fields, message) => {
    try {
      encode(fields)
      throw new Error('was written')
    } catch (thrown) {
      const error = asGatewayError(thrown)
      expect(error.message).toBe(message.replace(/\.?$/, '.'))
      expect(error.status).toBe(400)
    }
  })

  test('a schema, at a model that supports none', () =>
    expect(() => encode({ output: { type: 'json-schema', schema: {} } }, 'claude-3-opus')).toThrow(
      'response_format: this model does not support JSON schemas',
    ))
})
