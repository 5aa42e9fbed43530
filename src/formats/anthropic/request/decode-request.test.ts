import { describe, expect, test } from 'bun:test'
import type { ChatRequest } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import { decodeRequest } from './decode-request.ts'

const FACTS = { model: undefined, stream: undefined }
const say = (content: unknown, role = 'user') => ({ model: 'm', max_tokens: 9, messages: [{ role, content }] })
const decode = (fields: object) => decodeRequest({ ...say('hi'), ...fields }, FACTS)
const partsOf = (content: unknown, role?: string) => decodeRequest(say(content, role), FACTS).messages[0]!.parts

describe('a field of a request', () => {
  test.each<[string, object, Partial<ChatRequest>]>([
    ['max_tokens', { max_tokens: 0 }, { maxOutput: 0 }],
    ['sampling', { temperature: 0.5, top_p: 0.9, top_k: -1 }, { sampling: { temperature: 0.5, topP: 0.9, topK: -1 } }],
    ['stop sequences', { stop_sequences: ['a'] }, { stop: ['a'] }],
    ['the end user', { metadata: { user_id: 'u' } }, { user: 'u' }],
    ['an automatic tier', { service_tier: 'auto' }, { tier: 'auto' }],
    ['the standard tier', { service_tier: 'standard_only' }, { tier: 'default' }],
    ['speed', { speed: 'fast', service_tier: 'auto' }, { tier: 'fast', extra: { service_tier: 'auto' } }],
    ['an unknown tier', { service_tier: 'gold' }, { extra: { service_tier: 'gold' } }],
    [
      'a thinking budget',
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { reasoning: { mode: 'on', budgetTokens: 2000 } },
    ],
    [
      'adaptive thinking with an effort',
      { thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'max' } },
      { reasoning: { mode: 'adaptive', summary: 'none', effort: 'max' } },
    ],
    ['no thinking', { thinking: { type: 'disabled' } }, { reasoning: { mode: 'off' } }],
    [
      'thinking of an unknown type',
      { thinking: { type: 'between_tools' } },
      { extra: { thinking: { type: 'between_tools' } } },
    ],
    [
      'a schema, and the other fields of the object',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, task_budget: 5 } },
      { output: { type: 'json-schema', schema: { type: 'object' } }, extra: { output_config: { task_budget: 5 } } },
    ],
    [
      'a tool choice',
      { tool_choice: { type: 'any', disable_parallel_tool_use: true } },
      { toolChoice: { type: 'required' }, parallelTools: false },
    ],
    [
      'the choice of one tool',
      { tool_choice: { type: 'tool', name: 'f' } },
      { toolChoice: { type: 'tool', name: 'f' } },
    ],
    ['a cache mark on the request', { cache_control: { type: 'ephemeral', ttl: '1h' } }, { cache: { ttl: '1h' } }],
    ['unknown fields', { mcp_servers: [{}], container: 'c' }, { extra: { mcp_servers: [{}], container: 'c' } }],
    [
      'a tool',
      {
        tools: [
          {
            type: 'custom',
            name: 'f',
            description: 'd',
            input_schema: { type: 'object' },
            strict: true,
            cache_control: { type: 'ephemeral' },
            defer_loading: true,
          },
        ],
      },
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            description: 'd',
            parameters: { type: 'object' },
            strict: true,
            cache: {},
            extra: { defer_loading: true },
          },
        ],
      },
    ],
    [
      "a tool of Anthropic's",
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      {
        tools: [
          {
            type: 'native',
            format: 'anthropic',
            kind: 'web_search_20250305',
            value: { type: 'web_search_20250305', name: 'web_search' },
          },
        ],
      },
    ],
  ])('%s', (_title, fields, expected) => expect(decode(fields)).toMatchObject(expected))

  test('the system prompt as a string, as blocks, and in the middle', () => {
    const text = { type: 'text', text: 's' } as const
    expect(decode({ system: 's' }).messages[0]).toEqual({ role: 'system', parts: [text], isPlain: true })
    expect(decode({ system: [{ ...text, cache_control: { type: 'ephemeral' } }] }).messages[0]).toEqual({
      role: 'system',
      parts: [{ ...text, cache: {} }],
    })
    expect(decodeRequest(say('s', 'system'), FACTS).messages[0]?.role).toBe('system')
  })

  test('the path can name the model and request a stream', () =>
    expect(decodeRequest({ messages: [] }, { model: 'p', stream: true })).toMatchObject({ model: 'p', stream: true }))
})

const mark = { cache_control: { type: 'ephemeral' } }

describe('a block', () => {
  test.each<[string, unknown, unknown]>([
    [
      'an image',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVB\nORw=' }, ...mark },
      { type: 'media', kind: 'image', source: { type: 'base64', data: 'iVBORw=' }, mediaType: 'image/png', cache: {} },
    ],
    [
      'an image by URL',
      { type: 'image', source: { type: 'url', url: 'https://a/b' } },
      { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a/b' } },
    ],
    [
      'an uploaded image',
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      { type: 'media', kind: 'image', source: { type: 'id', id: 'f' } },
    ],
    [
      'a document',
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'x' },
        title: 't',
        context: 'c',
        citations: { enabled: true },
      },
      {
        type: 'media',
        kind: 'file',
        source: { type: 'text', text: 'x' },
        mediaType: 'text/plain',
        name: 't',
        extra: { context: 'c', citations: { enabled: true } },
      },
    ],
    [
      'a document of blocks',
      { type: 'document', source: { type: 'content', content: [] } },
      {
        type: 'native',
        format: 'anthropic',
        kind: 'document',
        value: { type: 'document', source: { type: 'content', content: [] } },
      },
    ],
    [
      'a call',
      { type: 'tool_use', id: 'a', name: 'f', input: { b: 1, a: 2 }, ...mark },
      { type: 'tool-call', id: 'a', name: 'f', arguments: '{"b":1,"a":2}', cache: {} },
    ],
    [
      'a result of one string',
      { type: 'tool_result', tool_use_id: 'a', content: 'x', is_error: true },
      { type: 'tool-result', callId: 'a', content: [{ type: 'text', text: 'x' }], isPlain: true, isError: true },
    ],
    [
      'a result without content',
      { type: 'tool_result', tool_use_id: 'a', ...mark },
      { type: 'tool-result', callId: 'a', content: [], cache: {} },
    ],
    [
      'a result with an image and a search result',
      {
        type: 'tool_result',
        tool_use_id: 'a',
        content: [
          { type: 'image', source: { type: 'url', url: 'u' } },
          { type: 'search_result', title: 't' },
        ],
      },
      {
        type: 'tool-result',
        callId: 'a',
        content: [
          { type: 'media', kind: 'image', source: { type: 'url', url: 'u' } },
          { type: 'native', format: 'anthropic', kind: 'search_result', value: { type: 'search_result', title: 't' } },
        ],
      },
    ],
    [
      'a thinking block',
      { type: 'thinking', thinking: 't', signature: 's' },
      { type: 'reasoning', text: 't', seal: { origin: 'anthropic', signature: 's' } },
    ],
    [
      'a redacted thinking block',
      { type: 'redacted_thinking', data: 'd' },
      { type: 'reasoning', text: '', seal: { origin: 'anthropic', data: 'd' } },
    ],
    [
      'an unsigned thinking block',
      { type: 'thinking', thinking: 't', signature: 'sluice.1.none.s.' },
      { type: 'reasoning', text: 't', seal: { origin: 'none', signature: '' } },
    ],
    [
      "another provider's redacted thinking block",
      { type: 'redacted_thinking', data: 'sluice.1.openai-responses.d.x' },
      { type: 'reasoning', text: '', seal: { origin: 'openai-responses', data: 'x' } },
    ],
    [
      'a cache mark with further fields',
      { type: 'text', text: 'x', cache_control: { type: 'ephemeral', scope: 'global' } },
      { type: 'text', text: 'x', cache: {}, extra: { cache_control: { scope: 'global' } } },
    ],
    [
      'a block of an unknown type',
      { type: 'hologram', x: null },
      { type: 'native', format: 'anthropic', kind: 'hologram', value: { type: 'hologram', x: null } },
    ],
    [
      'a block whose type is the name of an Object method',
      { type: 'constructor' },
      { type: 'native', format: 'anthropic', kind: 'constructor', value: { type: 'constructor' } },
    ],
  ])('%s', (_title, block, part) => expect(partsOf([block])).toEqual([part] as never))

  test("another provider's signature is returned to its call", () =>
    expect(
      partsOf([
        { type: 'thinking', thinking: '', signature: 'sluice.1.gemini.s.abc' },
        { type: 'tool_use', id: 'a', name: 'f', input: {} },
        { type: 'tool_use', id: 'b', name: 'f', input: {} },
      ]),
    ).toEqual([
      { type: 'tool-call', id: 'a', name: 'f', arguments: '{}', seal: { origin: 'gemini', signature: 'abc' } },
      { type: 'tool-call', id: 'b', name: 'f', arguments: '{}' },
    ]))
})

test.each(['own', 'sluice.1.none.s.'])(
  'a redacted thinking block signed %s before a call stays a thinking block',
  (signature) => {
    const given = [
      { type: 'thinking', thinking: '', signature },
      { type: 'tool_use', id: 'a', name: 'f', input: {} },
    ]
    expect(partsOf(given).map(({ type }) => type)).toEqual(['reasoning', 'tool-call'])
  },
)

describe('rejected, with the field in the message', () => {
  test.each<[string, unknown, string]>([
    ['a body that is not an object', [], 'The request body must be an object, not a list.'],
    ['no messages', { model: 'm' }, 'messages is missing.'],
    ['messages that are not a list', { messages: {} }, 'messages must be a list, not an object.'],
    ['a message that is not an object', { messages: ['hi'] }, 'messages[0] must be an object, not a string.'],
    ['an unknown role', say('x', 'tool'), 'messages[0].role is "tool"; allowed: user, assistant, system.'],
    ['a message without a role', { messages: [{ content: 'x' }] }, 'messages[0].role is missing.'],
    ['a message without content', { messages: [{ role: 'user' }] }, 'messages[0].content is missing.'],
    ['content that is a number', say(5), 'messages[0].content must be a list, not a number.'],
    ['a block without a type', say([{}]), 'messages[0].content[0].type is missing.'],
    [
      'a text that is not a string',
      say([{ type: 'text', text: 5 }]),
      'messages[0].content[0].text must be a string, not a number.',
    ],
    ['an image without a source', say([{ type: 'image' }]), 'messages[0].content[0].source is missing.'],
    ['a call without a name', say([{ type: 'tool_use', id: 'a' }]), 'messages[0].content[0].name is missing.'],
    [
      'arguments in a string',
      say([{ type: 'tool_use', id: 'a', name: 'f', input: '{}' }]),
      'messages[0].content[0].input must be an object, not a string.',
    ],
    ['a result without a call id', say([{ type: 'tool_result' }]), 'messages[0].content[0].tool_use_id is missing.'],
    [
      'a call inside a result',
      say([{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'tool_use', id: 'b', name: 'f' }] }]),
      'messages[0].content[0].content[0] is a tool-call, which a tool result cannot contain.',
    ],
    [
      'a cache mark of an unknown type',
      say([{ type: 'text', text: 'x', cache_control: { type: 'eternal' } }]),
      'messages[0].content[0].cache_control.type is "eternal"; allowed: ephemeral.',
    ],
    ['max_tokens that is a string', { ...say('x'), max_tokens: '9' }, 'max_tokens must be a number, not a string.'],
    ['a sequence that is a number', { ...say('x'), stop_sequences: ['a', 1] }, 'stop_sequences[1] must be a string.'],
    [
      'an unknown effort',
      { ...say('x'), output_config: { effort: 'huge' } },
      'output_config.effort is "huge"; allowed: low, medium, high, xhigh, max.',
    ],
    ['a tool without a name', { ...say('x'), tools: [{}] }, 'tools[0].name is missing.'],
    ['a tool choice without a name', { ...say('x'), tool_choice: { type: 'tool' } }, 'tool_choice.name is missing.'],
    ['a system that is a number', { ...say('x'), system: 1 }, 'system must be a list, not a number.'],
  ])('%s', (_title, body, message) => {
    try {
      decodeRequest(body, FACTS)
      throw new Error('was read')
    } catch (thrown) {
      expect(asGatewayError(thrown)).toMatchObject({ code: 'invalid_request', message })
    }
  })
})
