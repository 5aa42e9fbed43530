import { describe, expect, test } from 'bun:test'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message, Role } from '../../chat/request.ts'
import { asGatewayError } from '../../errors.ts'
import { Losses } from '../translation/losses.ts'
import { encodeRequest } from './encode-request.ts'

const text = (said: string): Part => ({ type: 'text', text: said })
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

test('the least request has a cap', () =>
  expect(encode({})).toEqual({
    body: { model: OPUS, max_tokens: 128_000, messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
    losses: [],
  }))

describe('a field is written', () => {
  test.each<[string, Partial<ChatRequest>, string, object, string[]]>([
    ['a cap', { maxOutput: 5 }, OPUS, { max_tokens: 5 }, []],
    [
      'a cap too high',
      { maxOutput: 200_000 },
      OPUS,
      { max_tokens: 128_000 },
      ['max_completion_tokens: changed: 128000, which is the most of this model'],
    ],
    ['a stream', { stream: true }, OPUS, { stream: true }, []],
    ['a user', { user: 'u' }, OPUS, { metadata: { user_id: 'u' } }, []],
    [
      'sequences',
      { stop: ['a', ' \n'] },
      OPUS,
      { stop_sequences: ['a'] },
      ['stop: removed: Anthropic takes no sequences of white space alone'],
    ],
    [
      'a temperature',
      { sampling: { temperature: 1.5 } },
      OPUS,
      { temperature: 1 },
      ['temperature: changed: 1, which is the most at Anthropic'],
    ],
    [
      'temperature and top_p',
      { sampling: { temperature: 0.5, topP: 0.9 } },
      'claude-3-opus',
      { temperature: 0.5, top_p: 0.9 },
      [],
    ],
    [
      'one of both',
      { sampling: { temperature: 0.5, topP: 0.9 } },
      OPUS,
      { temperature: 0.5 },
      ['top_p: removed: this model takes temperature or top_p, not both'],
    ],
    ['a tier', { tier: 'priority' }, OPUS, { service_tier: 'auto' }, []],
    ['another', { tier: 'default' }, OPUS, { service_tier: 'standard_only' }, []],
    ['speed', { tier: 'fast' }, OPUS, { speed: 'fast' }, []],
    [
      'a schema',
      { output: { type: 'json-schema', name: 'n', schema: { type: 'object' } } },
      OPUS,
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      [],
    ],
    ['a mark on all', { cache: { ttl: '1h' } }, OPUS, { cache_control: { type: 'ephemeral', ttl: '1h' } }, []],
    [
      'a mark for longer',
      { cache: { ttl: '12h' } },
      OPUS,
      { cache_control: { type: 'ephemeral', ttl: '1h' } },
      ['cache_control: cache ttl: changed: Anthropic keeps 5m or 1h, so 1h in place of 12h'],
    ],
    [
      'a tool without parameters',
      { tools: [tool] },
      OPUS,
      { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }] },
      [],
    ],
    [
      'a tool with its mark',
      { tools: [{ ...tool, cache: {} }] },
      OPUS,
      { tools: [{ name: 'f', cache_control: { type: 'ephemeral' } }] },
      [],
    ],
    ['a choice', { tools: [tool], toolChoice: { type: 'required' } }, OPUS, { tool_choice: { type: 'any' } }, []],
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
      'some of the tools',
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
      'least effort',
      { reasoning: { effort: 'minimal' } },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      [],
    ],
    [
      'much effort',
      { reasoning: { effort: 'xhigh' } },
      'claude-opus-4-7',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } },
      [],
    ],
    [
      'much, where it is unknown',
      { reasoning: { effort: 'xhigh' } },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      ['reasoning_effort: changed: this model knows no xhigh, so high'],
    ],
    ['no effort', { reasoning: { effort: 'none' } }, OPUS, { thinking: { type: 'disabled' } }, []],
    [
      'thoughts shown',
      { reasoning: { effort: 'low', summary: 'auto' } },
      OPUS,
      { thinking: { type: 'adaptive', display: 'summarized' } },
      [],
    ],
    [
      'a budget, by effort',
      { reasoning: { mode: 'on', budgetTokens: 6000 }, maxOutput: 10_000 },
      OPUS,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      [],
    ],
    [
      'effort, by a budget',
      { reasoning: { effort: 'medium' } },
      MANUAL,
      { max_tokens: 64_000, thinking: { type: 'enabled', budget_tokens: 19_200 } },
      [],
    ],
    [
      'little effort, little budget',
      { reasoning: { effort: 'low' }, maxOutput: 2000 },
      MANUAL,
      { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } },
      [],
    ],
    [
      'a budget above the cap',
      { reasoning: { budgetTokens: 9000 }, maxOutput: 4000 },
      MANUAL,
      { thinking: { type: 'enabled', budget_tokens: 3999 } },
      ['reasoning_effort: changed: a budget of 3999 tokens'],
    ],
  ])('%s', (_title, fields, model, expected, losses) => {
    const encoded = encode(fields, model)
    expect(encoded.body).toMatchObject(expected)
    expect(encoded.losses).toEqual(losses)
  })
})

describe('a field is left out, and that is told', () => {
  test.each<[string, Partial<ChatRequest>, string, string[], string[]]>([
    [
      'sampling of the newest',
      { sampling: { temperature: 0, topP: 0.5, topK: 5 } },
      'claude-opus-4-7',
      ['temperature', 'top_p', 'top_k'],
      ['temperature', 'top_p', 'top_k'],
    ],
    [
      'sampling beside thought',
      { sampling: { temperature: 0 }, reasoning: { effort: 'high' } },
      MANUAL,
      ['temperature'],
      ['temperature'],
    ],
    ['the usual temperature says nothing', { sampling: { temperature: 1 } }, 'claude-opus-4-7', ['temperature'], []],
    [
      'thought where there is none',
      { reasoning: { effort: 'high' } },
      'claude-3-opus',
      ['thinking', 'output_config'],
      ['reasoning_effort'],
    ],
    [
      'thought within too small a cap',
      { reasoning: { effort: 'high' }, maxOutput: 1000 },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'thought beside a forced call',
      { tools: [tool], toolChoice: { type: 'required' }, reasoning: { effort: 'high' } },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'thought after an unsigned call',
      {
        messages: [say('user', 'a'), say('assistant', call('x')), say('tool', result('x'))],
        reasoning: { effort: 'high' },
      },
      MANUAL,
      ['thinking'],
      ['reasoning_effort'],
    ],
    [
      'a choice without tools',
      { toolChoice: { type: 'required' }, parallelTools: false },
      OPUS,
      ['tool_choice', 'tools'],
      ['tool_choice'],
    ],
    ['a cheap tier', { tier: 'flex' }, OPUS, ['service_tier'], ['service_tier']],
    [
      'what has no home',
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
      'defaults said aloud',
      { sampling: { presencePenalty: 0, logprobs: false, choices: 1 }, verbosity: 'medium', store: false },
      OPUS,
      ['n'],
      [],
    ],
    ["another language's fields", { extra: { prediction: {} } }, OPUS, ['prediction'], ['prediction']],
    [
      'reasoning that another signed',
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
      'reasoning that nobody signed',
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

test('no calls at all are none side by side either', () =>
  expect(encode({ tools: [tool], toolChoice: { type: 'none' }, parallelTools: false }).body['tool_choice']).toEqual({
    type: 'none',
  }))

test('JSON mode is asked for in words', () => {
  const { body, losses } = encode({ output: { type: 'json' }, messages: [say('system', 's'), say('user', 'a')] })
  expect(body['system']).toEqual([text('s'), text('Answer with one JSON object and nothing else.')])
  expect(losses).toHaveLength(1)
})

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')
const PDF = Buffer.from('%PDF-1.4').toString('base64')

describe('a conversation becomes', () => {
  test.each<[string, Message[], object]>([
    [
      'system blocks with their marks',
      [say('system', { type: 'text', text: 's', cache: {} }), say('developer', 'd'), say('user', 'a')],
      { system: [{ ...text('s'), cache_control: { type: 'ephemeral' } }, text('d')] },
    ],
    [
      'parallel results in one turn, before all else',
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
      'ids as Anthropic takes them, alike in call and result',
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
      'a result with its image, its error and its mark',
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
                is_error: true,
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
      'a call without the empty text beside it',
      [say('user', 'a'), say('assistant', ' ', call('x')), say('tool', result('x'))],
      { messages: [{}, { content: [{ type: 'tool_use' }] }, {}] },
    ],
    [
      'marks of an assistant, a call and a result at their places',
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
      'a refusal in words',
      [say('user', 'a'), say('assistant', { type: 'refusal', text: 'no' }), say('user', 'b')],
      { messages: [{}, { role: 'assistant', content: [text('no')] }, {}] },
    ],
    [
      'thought of its own, in its place',
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

  test('words to go on with, without white space at their end, where the model does that', () =>
    expect(encode({ messages: [say('user', 'a'), say('assistant', 'b \n')] }, MANUAL).body['messages']).toEqual([
      { role: 'user', content: [text('a')] },
      { role: 'assistant', content: [text('b')] },
    ]))

  test('with signed thought in the tool loop, thought goes on', () => {
    const messages = [
      say('user', 'a'),
      say('assistant', { type: 'reasoning', text: 't', seal: { origin: 'anthropic', signature: 's' } }, call('x')),
      say('tool', result('x')),
    ]
    expect(encode({ messages, reasoning: { effort: 'high' } }, MANUAL).body['thinking']).toBeDefined()
  })
})

describe('refused by its place', () => {
  const media = (fields: object): Partial<ChatRequest> => ({
    messages: [say('user', { type: 'media', kind: 'image', ...fields } as Part)],
  })
  test.each<[string, Partial<ChatRequest>, string]>([
    ['two answers', { sampling: { choices: 2 } }, 'n: Anthropic gives one answer to a call'],
    ['an unknown tier', { tier: 'gold' }, 'service_tier: Anthropic has no tier "gold"'],
    [
      'a native part',
      { messages: [say('user', { type: 'native', format: 'gemini', kind: 'executableCode', value: {} })] },
      "messages[0].content[0]: a executableCode has no equal in Anthropic's language",
    ],
    [
      'a native tool',
      { tools: [{ type: 'native', format: 'openai-responses', kind: 'file_search', value: {} }] },
      'tools[0]: the tool file_search has no equal at Anthropic',
    ],
    [
      'a native choice',
      { tools: [tool], toolChoice: { type: 'native', format: 'openai-chat', value: {} } },
      'tool_choice: this choice has no equal at Anthropic',
    ],
    [
      'a tool of another name',
      { tools: [{ ...tool, name: 'a.b' }] },
      'tools[0]: Anthropic takes names of letters, digits, _ and -, up to 128 of them, not "a.b"',
    ],
    [
      'sound',
      media({ kind: 'audio', source: { type: 'base64', data: 'x' } }),
      'messages[0].content[0]: Anthropic takes no audio',
    ],
    [
      'an image of a wrong kind',
      media({ source: { type: 'base64', data: btoa('BM\0\0\0\0\0\0\0\0\0\0') } }),
      'messages[0].content[0]: Anthropic takes JPEG, PNG, GIF and WebP images, not image/bmp',
    ],
    [
      "another's file",
      media({ source: { type: 'id', id: 'f' } }),
      'messages[0].content[0]: a file that was uploaded elsewhere is not known to Anthropic',
    ],
    [
      'a sheet',
      media({ kind: 'file', mediaType: 'application/vnd.ms-excel', source: { type: 'base64', data: 'AAAA' } }),
      'messages[0].content[0]: Anthropic takes PDF and text documents, not application/vnd.ms-excel',
    ],
    [
      'an image of the assistant',
      {
        messages: [
          say('user', 'a'),
          say('assistant', { type: 'media', kind: 'image', source: { type: 'url', url: 'u' } }),
          say('user', 'b'),
        ],
      },
      'messages[1].content[0]: Anthropic takes no media from the assistant',
    ],
    [
      'words to go on with',
      { messages: [say('user', 'a'), say('assistant', 'b')] },
      'messages[1].content[0]: this model answers the user and does not go on with words of its own',
    ],
    [
      'arguments that are no object',
      { messages: [say('user', 'a'), say('assistant', call('x', '[1')), say('tool', result('x'))] },
      'messages[1].content[0]: the arguments of "f" must be the JSON text of an object.',
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

  test('a schema, by a model that answers by none', () =>
    expect(() => encode({ output: { type: 'json-schema', schema: {} } }, 'claude-3-opus')).toThrow(
      'response_format: this model does not answer by a schema',
    ))
})
