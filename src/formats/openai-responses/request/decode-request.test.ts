import { describe, expect, test } from 'bun:test'
import type { ChatRequest, Message } from '../../../chat/request.ts'
import { messagePath, partPath } from '../../fields/request-paths.ts'
import { decodeRequest } from './decode-request.ts'

const read = (body: object): ChatRequest =>
  decodeRequest({ model: 'm', ...body }, { model: undefined, stream: undefined })
const messages = (...input: object[]): readonly Message[] => read({ input }).messages
const text = (text: string) => ({ type: 'text', text }) as const

describe('an input is decoded to messages', () => {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":1}' }
  const toolCall = { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{"a":1}' } as const
  test.each<[string, object[], object[]]>([
    ['a plain string', [{ role: 'user', content: 'hi' }], [{ role: 'user', parts: [text('hi')], isPlain: true }]],
    [
      'texts, images and files',
      [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'a' },
            { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'low' },
            { type: 'input_image', image_url: 'https://a.example/b.png' },
            { type: 'input_image', file_id: 'file_1' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' },
            { type: 'input_file', file_data: 'aGk=' },
            { type: 'input_file', file_url: 'https://a.example/b.pdf' },
          ],
        },
      ],
      [
        {
          role: 'user',
          parts: [
            text('a'),
            {
              type: 'media',
              kind: 'image',
              source: { type: 'base64', data: 'aGk=' },
              mediaType: 'image/png',
              detail: 'low',
            },
            { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
            { type: 'media', kind: 'image', source: { type: 'id', id: 'file_1' } },
            {
              type: 'media',
              kind: 'file',
              source: { type: 'base64', data: 'aGk=' },
              mediaType: 'application/pdf',
              name: 'a.pdf',
            },
            { type: 'media', kind: 'file', source: { type: 'base64', data: 'aGk=' } },
            { type: 'media', kind: 'file', source: { type: 'url', url: 'https://a.example/b.pdf' } },
          ],
        },
      ],
    ],
    [
      'consecutive items of the model are one message',
      [
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'blob' },
        { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
        call,
        { ...call, call_id: 'call_2', arguments: '' },
        { type: 'function_call_output', call_id: 'call_1', output: 'x' },
        {
          type: 'function_call_output',
          call_id: 'call_2',
          output: [{ type: 'input_image', image_url: 'https://a.example/b.png' }],
        },
      ],
      [
        {
          role: 'assistant',
          parts: [
            {
              type: 'reasoning',
              text: 'hm',
              isSummary: true,
              id: 'rs_1',
              seal: { origin: 'openai-responses', data: 'blob' },
            },
            text('a'),
            toolCall,
            { ...toolCall, id: 'call_2', arguments: '{}' },
          ],
        },
        { role: 'tool', parts: [{ type: 'tool-result', callId: 'call_1', content: [text('x')], isPlain: true }] },
        {
          role: 'tool',
          parts: [
            {
              type: 'tool-result',
              callId: 'call_2',
              content: [{ type: 'media', kind: 'image', source: { type: 'url', url: 'https://a.example/b.png' } }],
            },
          ],
        },
      ],
    ],
    [
      'a wrapped seal of another provider is unwrapped',
      [
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: 'sluice.1.anthropic.s.x',
        },
        { type: 'reasoning', summary: [], encrypted_content: 'sluice.1.gemini.s.y' },
        call,
        { role: 'user', content: 'b' },
      ],
      [
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', text: 'hm', isSummary: true, seal: { origin: 'anthropic', signature: 'x' } },
            { ...toolCall, seal: { origin: 'gemini', signature: 'y' } },
          ],
        },
        { role: 'user', parts: [text('b')], isPlain: true },
      ],
    ],
    [
      'items of hosted tools and references are carried unchanged',
      [
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        { type: 'item_reference', id: 'msg_2' },
        { type: 'computer_call_output', call_id: 'c', output: {} },
      ],
      [
        {
          role: 'assistant',
          parts: [
            {
              type: 'native',
              format: 'openai-responses',
              kind: 'web_search_call',
              value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
            },
            {
              type: 'native',
              format: 'openai-responses',
              kind: 'item_reference',
              value: { type: 'item_reference', id: 'msg_2' },
            },
          ],
        },
        {
          role: 'user',
          parts: [
            {
              type: 'native',
              format: 'openai-responses',
              kind: 'computer_call_output',
              value: { type: 'computer_call_output', call_id: 'c', output: {} },
            },
          ],
        },
      ],
    ],
    [
      'refusals, and the phase of a message',
      [
        {
          type: 'message',
          role: 'assistant',
          phase: 'commentary',
          content: [
            { type: 'output_text', text: 'a' },
            { type: 'refusal', refusal: 'no' },
          ],
        },
      ],
      [{ role: 'assistant', parts: [text('a'), { type: 'refusal', text: 'no' }], extra: { phase: 'commentary' } }],
    ],
  ])('%s', (_, input, expected) => expect(messages(...input)).toEqual(expected as Message[]))
})

test('instructions come first', () =>
  expect(read({ instructions: 'Be brief.', input: 'hi' }).messages).toEqual([
    { role: 'system', parts: [text('Be brief.')], isPlain: true },
    { role: 'user', parts: [text('hi')], isPlain: true },
  ]))

test('each item and part has its path', () => {
  const request = read({
    instructions: 'x',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'a' }] },
      { role: 'assistant', content: 'b' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    ],
  })
  expect([0, 1, 2].map((index) => messagePath(request, index))).toEqual(['instructions', 'input[0]', 'input[1]'])
  expect(partPath(request, 1, 0)).toBe('input[0].content[0]')
  expect(partPath(request, 2, 0)).toBe('input[1].content')
  expect(partPath(request, 2, 1)).toBe('input[2]')
})

describe('settings are decoded', () => {
  test.each<[object, object]>([
    [{ text: { format: { type: 'text' }, verbosity: 'low' } }, { output: { type: 'text' }, verbosity: 'low' }],
    [{ text: { format: { type: 'json_object' } } }, { output: { type: 'json' } }],
    [
      { text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } } },
      { output: { type: 'json-schema', name: 'n', schema: { type: 'object' }, strict: true } },
    ],
    [{ reasoning: { effort: 'low', summary: 'auto' } }, { reasoning: { effort: 'low', summary: 'auto' } }],
    [{ reasoning: { effort: 'huge' } }, { extra: { reasoning: { effort: 'huge' } } }],
    [{ reasoning: { effort: null, summary: null } }, {}],
    [
      { max_output_tokens: 5, parallel_tool_calls: false },
      { maxOutput: 5, parallelTools: false },
    ],
    [{ temperature: 1, top_p: 0.5, top_logprobs: 2 }, { sampling: { temperature: 1, topP: 0.5, topLogprobs: 2 } }],
    [
      { include: ['message.output_text.logprobs'] },
      { sampling: { logprobs: true }, extra: { include: ['message.output_text.logprobs'] } },
    ],
    [{ user: 'u' }, { user: 'u' }],
    [
      { safety_identifier: 's', prompt_cache_key: 'k' },
      { user: 's', cacheKey: 'k' },
    ],
    [
      { metadata: { a: 'b' }, service_tier: 'flex', store: false },
      { metadata: { a: 'b' }, tier: 'flex', store: false },
    ],
    [{ stream: true }, { stream: true }],
    [{ tool_choice: 'required' }, { toolChoice: { type: 'required' } }],
    [{ tool_choice: { type: 'function', name: 'f' } }, { toolChoice: { type: 'tool', name: 'f' } }],
    [
      { tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] } },
      { toolChoice: { type: 'subset', names: ['f'], mustCall: true } },
    ],
    [
      { tool_choice: { type: 'file_search' } },
      { toolChoice: { type: 'native', format: 'openai-responses', value: { type: 'file_search' } } },
    ],
    [
      { tools: [{ type: 'function', name: 'f', parameters: null, strict: null, defer_loading: true }] },
      { tools: [{ type: 'function', name: 'f', extra: { defer_loading: true } }] },
    ],
    [
      { tools: [{ type: 'web_search' }] },
      { tools: [{ type: 'native', format: 'openai-responses', kind: 'web_search', value: { type: 'web_search' } }] },
    ],
    [
      { previous_response_id: 'resp_1', truncation: 'auto', max_tool_calls: 3 },
      { extra: { previous_response_id: 'resp_1', truncation: 'auto', max_tool_calls: 3 } },
    ],
  ])('%j', (body, expected) => expect(read({ input: 'hi', ...body })).toMatchObject(expected))
})

describe('the error for an invalid request names the field', () => {
  test.each<[object, string]>([
    [{}, 'input is missing'],
    [{ input: [] }, 'input must not be empty'],
    [{ input: 5 }, 'input must be a list, not a number'],
    [{ input: [5] }, 'input[0] must be an object, not a number'],
    [{ input: [{}] }, 'input[0].type is missing'],
    [{ input: [{ role: 'critic', content: 'a' }] }, 'input[0].role is "critic"'],
    [{ input: [{ type: 'message', content: 'a' }] }, 'input[0].role is missing'],
    [{ input: [{ role: 'user' }] }, 'input[0].content is missing'],
    [{ input: [{ role: 'user', content: 5 }] }, 'input[0].content must be a string or a list'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text is missing'],
    [{ input: [{ role: 'user', content: [{ text: 'a' }] }] }, 'input[0].content[0].type is missing'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      'input[0].content[0] needs image_url or file_id',
    ],
    [{ input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, 'input[0].content[0] needs file_data'],
    [{ input: [{ role: 'assistant', content: [{ type: 'refusal' }] }] }, 'input[0].content[0].refusal is missing'],
    [{ input: [{ role: 'assistant', content: 5 }] }, 'input[0].content must be a list'],
    [{ input: [{ type: 'function_call', name: 'f' }] }, 'input[0].call_id is missing'],
    [{ input: [{ type: 'function_call', call_id: 'c' }] }, 'input[0].name is missing'],
    [
      { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: {} }] },
      'input[0].arguments must be a string',
    ],
    [{ input: [{ type: 'function_call_output', call_id: 'c' }] }, 'input[0].output is missing'],
    [{ input: [{ type: 'function_call_output', output: 'a' }] }, 'input[0].call_id is missing'],
    [{ input: [{ type: 'reasoning', summary: 'a' }] }, 'input[0].summary must be a list'],
    [{ input: [{ type: 'reasoning', summary: [], encrypted_content: 5 }] }, 'input[0].encrypted_content must be'],
    [{ input: 'a', instructions: 5 }, 'instructions must be a list, not a number'],
    [{ input: 'a', tools: [{}] }, 'tools[0].type is missing'],
    [{ input: 'a', tools: [{ type: 'function' }] }, 'tools[0].name is missing'],
    [{ input: 'a', tools: {} }, 'tools must be a list'],
    [{ input: 'a', tool_choice: 'any' }, 'tool_choice is "any"; allowed: auto, none, required'],
    [{ input: 'a', tool_choice: 5 }, 'tool_choice must be an object'],
    [{ input: 'a', tool_choice: { type: 'function' } }, 'tool_choice.name is missing'],
    [{ input: 'a', tool_choice: { type: 'allowed_tools', tools: [] } }, 'tool_choice.tools must not be empty'],
    [{ input: 'a', text: { format: 'json' } }, 'text.format must be an object'],
    [{ input: 'a', text: { format: {} } }, 'text.format.type is missing'],
    [{ input: 'a', text: { verbosity: 'loud' } }, 'text.verbosity is "loud"'],
    [{ input: 'a', reasoning: 'high' }, 'reasoning must be an object'],
    [{ input: 'a', include: 'all' }, 'include must be a list of strings'],
    [{ input: 'a', max_output_tokens: '5' }, 'max_output_tokens must be a number'],
    [{ input: 'a', stream: 'yes' }, 'stream must be true or false'],
  ])('%j', (body, message) => expect(() => read(body)).toThrow(message))
})
