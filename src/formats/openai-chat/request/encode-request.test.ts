import { describe, expect, test } from 'bun:test'
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, Message } from '../../../chat/request.ts'
import type { Capability, Target } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { encodeRequest } from './encode-request.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const text = (content: string, more: object = {}): Part => ({ type: 'text', text: content, ...more })
const user = (...parts: Part[]): Message => ({ role: 'user', parts })
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts })
const call = (id: string, more: object = {}): Part => ({
  type: 'tool-call',
  id,
  name: 'f',
  arguments: '{"x":1}',
  ...more,
})
const result = (callId: string, ...content: Part[]): Part => ({
  type: 'tool-result',
  callId,
  content: content as never,
})
const image: Part = { type: 'media', kind: 'image', source: { type: 'base64', data: 'AA' }, mediaType: 'image/png' }
const IMAGE_URL = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }

const request = (more: Partial<ChatRequest>): ChatRequest => ({
  format: 'anthropic',
  model: 'claude',
  messages: [user(text('hi'))],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: true,
  ...more,
})

function encode(more: Partial<ChatRequest>, capabilities: readonly Capability[] = [], model = 'x') {
  const losses = new Losses()
  const target: Target = { model, baseModel: model, capabilities: new Set(capabilities) }
  const body = encodeRequest(request(more), target, losses) as JsonObject & { messages: JsonObject[] }
  return { body, lost: losses.list.map(({ field }) => field) }
}

describe('a conversation of another format', () => {
  test.each<[string, Message[], JsonObject[]]>([
    ['a text', [user(text('hi'))], [{ role: 'user', content: 'hi' }]],
    [
      'instructions in blocks are joined',
      [{ role: 'system', parts: [text('a'), text('b')] }, user(text('hi'))],
      [
        { role: 'system', content: 'a\n\nb' },
        { role: 'user', content: 'hi' },
      ],
    ],
    ['an image', [user(text('look'), image)], [{ role: 'user', content: [{ type: 'text', text: 'look' }, IMAGE_URL] }]],
    [
      'a document that is text',
      [user({ type: 'media', kind: 'file', source: { type: 'text', text: 'doc' } }, text('sum up'))],
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'doc' },
            { type: 'text', text: 'sum up' },
          ],
        },
      ],
    ],
    [
      'a document as bytes',
      [user({ type: 'media', kind: 'file', source: { type: 'base64', data: 'AA' }, mediaType: 'application/pdf' })],
      [
        {
          role: 'user',
          content: [{ type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AA' } }],
        },
      ],
    ],
    [
      'calls, and their results before other parts of the user',
      [
        user(text('hi')),
        assistant(text('ok'), call('a'), call('b')),
        user(text('and?'), result('a', text('1')), result('b', text('2'))),
      ],
      [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: 'ok',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'user', content: 'and?' },
      ],
    ],
    [
      'images in results, after the last result, with a label',
      [
        assistant(call('a'), call('b')),
        user(result('a', text('one'), image), result('b', image)),
        assistant(text('seen')),
        user(text('ok')),
      ],
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'one' },
        { role: 'tool', tool_call_id: 'b', content: '(attached below)' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Attached to the result of tool call a:' },
            IMAGE_URL,
            { type: 'text', text: 'Attached to the result of tool call b:' },
            IMAGE_URL,
          ],
        },
        { role: 'assistant', content: 'seen' },
        { role: 'user', content: 'ok' },
      ],
    ],
    [
      'results in separate messages are one batch',
      [
        assistant(call('a'), call('b')),
        { role: 'tool', parts: [result('a', image)] },
        { role: 'tool', parts: [result('b', text('2'), text('3'))] },
      ],
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '(attached below)' },
        { role: 'tool', tool_call_id: 'b', content: '2\n\n3' },
        { role: 'user', content: [{ type: 'text', text: 'Attached to the result of tool call a:' }, IMAGE_URL] },
      ],
    ],
    [
      'texts of the assistant are joined',
      [user(text('hi')), assistant(text('a'), text('b')), user(text('ok'))],
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'ab' },
        { role: 'user', content: 'ok' },
      ],
    ],
  ])('%s', (_title, messages, expected) => expect(encode({ messages }).body.messages).toEqual(expected))
})

describe('earlier reasoning', () => {
  const seal = { origin: 'anthropic', signature: 's' }
  const messages = [user(text('hi')), assistant({ type: 'reasoning', text: 'Hm', seal }, text('Hi')), user(text('ok'))]
  test.each<[string, Capability[], JsonObject, string[]]>([
    ['is removed by default', [], { role: 'assistant', content: 'Hi' }, ['messages[1].reasoning']],
    [
      'is sent as text to servers that accept text',
      ['reasoning-content'],
      { role: 'assistant', content: 'Hi', reasoning_content: 'Hm' },
      ['messages[1].reasoning.signature'],
    ],
    [
      'is sent with its seal to servers that accept details',
      ['reasoning-details'],
      {
        role: 'assistant',
        content: 'Hi',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        ],
      },
      [],
    ],
  ])('%s', (_title, capabilities, message, lost) => {
    const encoded = encode({ messages }, capabilities)
    expect(encoded.body.messages[1]).toEqual(message)
    expect(encoded.lost).toEqual(lost)
  })

  test.each([
    ['gemini-3-pro', { google: { thought_signature: 's' } }, []],
    ['gpt-5', undefined, ['messages[0].content[0].thought_signature']],
  ])('the seal of a Google call, for %s: %j', (model, extra_content, lost) => {
    const messages = [
      assistant(call('a', { seal: { origin: 'gemini', signature: 's' } })),
      user(result('a', text('1'))),
    ]
    const encoded = encode({ messages }, [], model)
    expect((encoded.body.messages[0]!['tool_calls'] as JsonObject[])[0]!['extra_content']).toEqual(
      extra_content as never,
    )
    expect(encoded.lost).toEqual(lost)
  })
})

describe('the reasoning effort', () => {
  const tool = { type: 'function', name: 'f' } as const
  test.each<[string, Partial<ChatRequest>, string, string | undefined, string[]]>([
    ['of an effort', { reasoning: { effort: 'xhigh' } }, 'x', 'xhigh', []],
    [
      'of a budget that is a small share of the output',
      { reasoning: { mode: 'on', budgetTokens: 1024 }, maxOutput: 16_000 },
      'x',
      'low',
      ['reasoning.budget_tokens'],
    ],
    [
      'of a budget of a third of the output',
      { reasoning: { mode: 'on', budgetTokens: 5000 }, maxOutput: 16_000 },
      'x',
      'medium',
      ['reasoning.budget_tokens'],
    ],
    [
      'of a budget of most of the output',
      { reasoning: { mode: 'on', budgetTokens: 31_999 }, maxOutput: 32_000 },
      'x',
      'high',
      ['reasoning.budget_tokens'],
    ],
    ['of a budget without a cap', { reasoning: { budgetTokens: 10_000 } }, 'x', 'medium', ['reasoning.budget_tokens']],
    ['of a budget of 0', { reasoning: { budgetTokens: 0 } }, 'x', 'none', ['reasoning.budget_tokens']],
    ['of the mode adaptive', { reasoning: { mode: 'adaptive' } }, 'x', 'medium', []],
    ['of the mode adaptive with an effort', { reasoning: { mode: 'adaptive', effort: 'low' } }, 'x', 'low', []],
    ['of the mode off', { reasoning: { mode: 'off' } }, 'gpt-5.1', 'none', []],
    [
      'of the mode off, for a model that always reasons',
      { reasoning: { mode: 'off' } },
      'o3',
      undefined,
      ['reasoning'],
    ],
    [
      'beside tools, which gpt-5.6 rejects',
      { tools: [tool], reasoning: { effort: 'high' } },
      'gpt-5.6',
      'none',
      ['reasoning'],
    ],
    [
      'beside tools, unless the client turned it off',
      { tools: [tool], reasoning: { mode: 'off' } },
      'gpt-5.4',
      'none',
      [],
    ],
    ['beside tools, without a wish', { tools: [tool] }, 'gpt-5.6', 'none', []],
    ['beside tools, for gpt-5.3', { tools: [tool], reasoning: { effort: 'high' } }, 'gpt-5.3', 'high', []],
    ['beside tools, behind a router', { tools: [tool], reasoning: { effort: 'high' } }, 'openai/gpt-5.6', 'high', []],
    ['for a model that does not reason', { reasoning: { effort: 'high' } }, 'gpt-4o', undefined, ['reasoning']],
  ])('%s', (_title, more, model, effort, lost) => {
    const encoded = encode(more, [], model)
    expect(encoded.body['reasoning_effort']).toBe(effort as never)
    expect(encoded.lost).toEqual(lost)
  })
})

describe('sampling parameters', () => {
  const sampling = { temperature: 0.5, topP: 0.9 }
  test.each<[string, Partial<ChatRequest>, string[]]>([
    ['gpt-4o', {}, []],
    ['gpt-5', {}, ['temperature', 'top_p']],
    ['o3-mini', {}, ['temperature', 'top_p']],
    ['gpt-5.1', {}, []],
    ['gpt-5.1', { reasoning: { effort: 'low' } }, ['temperature', 'top_p']],
    ['gpt-5-chat-latest', {}, []],
    ['llama-4', { reasoning: { effort: 'low' } }, []],
  ])('%s, %p, loses %p', (model, more, lost) => {
    const encoded = encode({ ...more, sampling }, [], model)
    expect(encoded.lost).toEqual(lost)
    expect('temperature' in encoded.body).toBe(lost.length === 0)
  })

  test('a request of this format keeps them', () => {
    const { body, lost } = encode({ format: 'openai-chat', sampling: { ...sampling, topK: 5 } }, [], 'gpt-5')
    expect(body).toMatchObject({ temperature: 0.5, top_k: 5 })
    expect(lost).toEqual([])
  })

  test('top_k is sent to servers that accept it', () => {
    expect(encode({ sampling: { topK: 5 } }).lost).toEqual(['top_k'])
    expect(encode({ sampling: { topK: 5 } }, ['top-k']).body['top_k']).toBe(5)
  })
})

describe('cache marks', () => {
  const messages = [user(text('long', { cache: { ttl: '1h' } }), text('short'))]
  const tools = [{ type: 'function', name: 'f', cache: {} }] as const
  test.each<[string, Capability[], string, unknown, string[]]>([
    [
      'are cache_control for servers that accept it',
      ['cache-control'],
      'x',
      { cache_control: { type: 'ephemeral', ttl: '1h' } },
      [],
    ],
    [
      'are breakpoints for gpt-5.6',
      [],
      'gpt-5.6-sol',
      { prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
      ['tools[0].cache_control'],
    ],
    ['are removed for others', [], 'gpt-5.1', {}, ['messages[0].content[0].cache_control', 'tools[0].cache_control']],
  ])('%s', (_title, capabilities, model, mark, lost) => {
    const encoded = encode({ messages, tools }, capabilities, model)
    expect((encoded.body.messages[0]!['content'] as JsonObject[])[0]).toEqual({
      type: 'text',
      text: 'long',
      ...(mark as JsonObject),
    })
    expect(encoded.lost).toEqual(lost)
  })
})

describe('fields', () => {
  test.each<[string, Partial<ChatRequest>, JsonObject, string[]]>([
    ['a cap', { maxOutput: 9 }, { max_completion_tokens: 9 }, []],
    ['a stream requests usage', { stream: true }, { stream: true, stream_options: { include_usage: true } }, []],
    [
      'a schema without a name',
      { output: { type: 'json-schema', schema: { a: 1 } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { a: 1 } } } },
      [],
    ],
    ['JSON', { output: { type: 'json' } }, { response_format: { type: 'json_object' } }, []],
    ['stops', { stop: ['a', 'b'] }, { stop: ['a', 'b'] }, []],
    [
      'a tool',
      {
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
        toolChoice: { type: 'required' },
        parallelTools: false,
      },
      {
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
        tool_choice: 'required',
        parallel_tool_calls: false,
      },
      [],
    ],
    [
      'one tool',
      { tools: [{ type: 'function', name: 'f' }], toolChoice: { type: 'tool', name: 'f' } },
      { tool_choice: { type: 'function', function: { name: 'f' } } },
      [],
    ],
    [
      'some tools',
      { tools: [{ type: 'function', name: 'f' }], toolChoice: { type: 'subset', names: ['f'], mustCall: false } },
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
        },
      },
      [],
    ],
    [
      'a choice without tools',
      { toolChoice: { type: 'auto' }, parallelTools: false },
      {},
      ['tool_choice', 'parallel_tool_calls'],
    ],
    ['a field of another format', { extra: { mood: 'c' } }, {}, ['mood']],
    [
      'an end user, a tier, a key',
      { user: 'u', tier: 'flex', cacheKey: 'k', metadata: { a: 'b' } },
      { user: 'u', service_tier: 'flex', prompt_cache_key: 'k', metadata: { a: 'b' } },
      [],
    ],
  ])('%s', (_title, more, body, lost) => {
    const encoded = encode(more)
    expect(encoded.body).toMatchObject(body)
    expect(encoded.lost).toEqual(lost)
  })

  test('a final assistant message is continued by servers that support it', () => {
    const messages = [user(text('hi')), assistant(text('He'))]
    expect(encode({ messages }, ['prefill']).body).toMatchObject({
      continue_final_message: true,
      add_generation_prompt: false,
    })
    expect(() => encode({ messages })).toThrow('messages: OpenAI')
  })
})

describe('what would change the meaning is rejected by name', () => {
  const native = { type: 'native', format: 'anthropic', kind: 'server_tool_use', value: {} } as const
  test.each<[string, Partial<ChatRequest>, string]>([
    [
      'a part of another format',
      { messages: [user(native)] },
      'messages[0].content[0]: server_tool_use exists only in anthropic',
    ],
    [
      'a tool of another format',
      { tools: [{ ...native, kind: 'web_search' }] },
      'tools[0]: web_search is a tool of anthropic',
    ],
    [
      'a choice of another format',
      { tools: [{ type: 'function', name: 'f' }], toolChoice: native },
      'tool_choice: this choice exists only in anthropic',
    ],
    [
      'a video',
      { messages: [user({ type: 'media', kind: 'video', source: { type: 'url', url: 'u' } })] },
      'messages[0].content[0]: OpenAI',
    ],
    [
      'an image by id',
      { messages: [user({ type: 'media', kind: 'image', source: { type: 'id', id: 'f' } })] },
      'does not support image input by file id',
    ],
    [
      'a file by URL',
      { messages: [user({ type: 'media', kind: 'file', source: { type: 'url', url: 'u' } })] },
      'not by URL',
    ],
    ['an image of the assistant', { messages: [assistant(image), user(text('hi'))] }, 'does not support image parts'],
  ])('%s', (_title, more, message) => expect(() => encode(more)).toThrow(message))
})
