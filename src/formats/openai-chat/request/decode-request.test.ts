import { describe, expect, test } from 'bun:test'
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const FACTS = { model: undefined, stream: undefined }
const HI = { role: 'user', content: 'hi' }
const decode = (body: JsonObject) => decodeRequest({ model: 'm', messages: [HI], ...body }, FACTS)
const saying = (...messages: JsonObject[]) => decode({ messages })
const partsOf = (message: JsonObject): readonly Part[] => saying(message).messages[0]!.parts

const called = (id: string, name = 'f') => ({ id, type: 'function', function: { name, arguments: '{}' } })

describe('the error for an invalid request names the field', () => {
  test.each<[string, unknown, string | undefined, string]>([
    ['a body that is not an object', [], undefined, 'The request body must be an object, not a list.'],
    ['no messages', { model: 'm' }, 'messages', 'messages is missing.'],
    ['empty messages', { messages: [] }, 'messages', 'messages must not be empty.'],
    ['messages that are not a list', { messages: 'hi' }, 'messages', 'messages must be a list, not a string.'],
    [
      'a message that is not an object',
      { messages: ['hi'] },
      'messages[0]',
      'messages[0] must be an object, not a string.',
    ],
    ['a message without a role', { messages: [{ content: 'hi' }] }, 'messages[0].role', 'messages[0].role is missing.'],
    [
      'a message with an unknown role',
      { messages: [{ role: 'model', content: 'hi' }] },
      'messages[0].role',
      'messages[0].role is "model"; allowed: system, developer, user, assistant, tool, function.',
    ],
    [
      'content that is a number',
      { messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
      'messages[0].content must be a string or a list of parts.',
    ],
    [
      'a part without a type',
      { messages: [{ role: 'user', content: [{ text: 'hi' }] }] },
      'messages[0].content[0].type',
      'messages[0].content[0].type is missing.',
    ],
    [
      'a text without text',
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
      'messages[0].content[0].text is missing.',
    ],
    [
      'an image without a URL',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].image_url.url',
      'messages[0].content[0].image_url.url is missing.',
    ],
    [
      'a file without data and id',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'a' } }] }] },
      'messages[0].content[0].file',
      'messages[0].content[0].file needs file_data or file_id.',
    ],
    [
      'a result without a call id',
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id',
      'messages[0].tool_call_id is missing.',
    ],
    [
      'a result that is a refusal',
      { messages: [{ role: 'tool', tool_call_id: 'a', content: [{ type: 'refusal', refusal: 'No' }] }] },
      'messages[0].content',
      'messages[0].content of a tool result must be text or media.',
    ],
    [
      'a call without an id',
      { messages: [{ role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'f' } }] }] },
      'messages[0].tool_calls[0].id',
      'messages[0].tool_calls[0].id is missing.',
    ],
    [
      'a call without a name',
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: {} }] }] },
      'messages[0].tool_calls[0].function.name',
      'messages[0].tool_calls[0].function.name is missing.',
    ],
    [
      'a result of a function that was not called',
      { messages: [{ role: 'function', name: 'f', content: '1' }] },
      'messages[0].name',
      'messages[0].name is "f", a function that was not called before.',
    ],
    [
      'a temperature as a string',
      { messages: [HI], temperature: 'hot' },
      'temperature',
      'temperature must be a number, not a string.',
    ],
    [
      'stop sequences that are numbers',
      { messages: [HI], stop: [1] },
      'stop',
      'stop must be a string or a list of strings.',
    ],
    ['tools that are not a list', { messages: [HI], tools: {} }, 'tools', 'tools must be a list, not an object.'],
    [
      'a tool without a name',
      { messages: [HI], tools: [{ type: 'function', function: {} }] },
      'tools[0].function.name',
      'tools[0].function.name is missing.',
    ],
    [
      'an unknown tool choice',
      { messages: [HI], tool_choice: 'maybe' },
      'tool_choice',
      'tool_choice is "maybe"; allowed: auto, none, required, or one tool.',
    ],
    [
      'a schema that is missing',
      { messages: [HI], response_format: { type: 'json_schema' } },
      'response_format.json_schema',
      'response_format.json_schema is missing.',
    ],
    [
      'an unknown verbosity',
      { messages: [HI], verbosity: 'chatty' },
      'verbosity',
      'verbosity is "chatty"; allowed: low, medium, high.',
    ],
  ])('%s', (_title, body, param, message) => {
    let thrown: unknown
    try {
      decodeRequest(body, FACTS)
    } catch (error) {
      thrown = error
    }
    const { code, status, details, message: actual } = asGatewayError(thrown)
    expect({ code, status, param: details.param, actual }).toEqual({
      code: 'invalid_request',
      status: 400,
      param,
      actual: message,
    } as never)
  })
})

describe('a conversation whose results do not match its calls is rejected before it is sent', () => {
  test.each<[string, JsonObject[], string]>([
    [
      'a result without a call',
      [HI, { role: 'tool', tool_call_id: 'a', content: '1' }],
      'messages[1].content[0] has a result for the tool call "a"',
    ],
    [
      'a call without its result',
      [{ role: 'assistant', tool_calls: [called('a')] }, HI],
      'lacks the result of the tool call "a"',
    ],
    [
      'one of two results',
      [
        { role: 'assistant', tool_calls: [called('a'), called('b')] },
        { role: 'tool', tool_call_id: 'b', content: '1' },
        HI,
      ],
      'lacks the result of the tool call "a"',
    ],
  ])('%s', (_title, messages, message) =>
    expect(() =>
      encodeRequest(saying(...messages), { model: 'm', baseModel: 'm', capabilities: new Set() }, new Losses()),
    ).toThrow(message),
  )
})

describe('content', () => {
  test.each<[string, JsonObject, Part[]]>([
    ['a text', { role: 'user', content: 'hi' }, [{ type: 'text', text: 'hi' }]],
    ['nothing', { role: 'user', content: null }, [{ type: 'text', text: '' }]],
    [
      'a URL that is a plain string',
      { role: 'user', content: [{ type: 'image_url', image_url: 'https://a/b' }] },
      [{ type: 'media', kind: 'image', source: { type: 'url', url: 'https://a/b' } }],
    ],
    [
      'bytes',
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } }],
      },
      [
        {
          type: 'media',
          kind: 'image',
          source: { type: 'base64', data: 'AA==' },
          mediaType: 'image/png',
          detail: 'low',
        },
      ],
    ],
    [
      'speech',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } }] },
      [{ type: 'media', kind: 'audio', source: { type: 'base64', data: 'AA' }, mediaType: 'audio/mpeg' }],
    ],
    [
      'a file',
      {
        role: 'user',
        content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } }],
      },
      [
        {
          type: 'media',
          kind: 'file',
          source: { type: 'base64', data: 'AA' },
          mediaType: 'application/pdf',
          name: 'a.pdf',
        },
      ],
    ],
    [
      'a file by id',
      { role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] },
      [{ type: 'media', kind: 'file', source: { type: 'id', id: 'file-1' } }],
    ],
    [
      'a cache mark in Anthropic’s notation',
      { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      [{ type: 'text', text: 'a', cache: { ttl: '1h' } }],
    ],
    [
      'a cache mark in OpenAI’s notation',
      { role: 'user', content: [{ type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } }] },
      [{ type: 'text', text: 'a', cache: {} }],
    ],
    [
      'a cache mark on the message',
      { role: 'system', content: 'a', cache_control: { type: 'ephemeral' } },
      [{ type: 'text', text: 'a', cache: {} }],
    ],
    [
      'an unknown field or part',
      { role: 'user', content: [{ type: 'hologram', x: 1 }] },
      [{ type: 'native', format: 'openai-chat', kind: 'hologram', value: { type: 'hologram', x: 1 } }],
    ],
  ])('%s', (_title, message, parts) => expect(partsOf(message)).toEqual(parts))
})

describe('an earlier assistant message', () => {
  test.each<[string, JsonObject, Part[]]>([
    [
      'calls only',
      { role: 'assistant', content: '', tool_calls: [called('a')] },
      [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }],
    ],
    ['a refusal', { role: 'assistant', content: null, refusal: 'No' }, [{ type: 'refusal', text: 'No' }]],
    [
      'a refusal among parts',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
      [{ type: 'refusal', text: 'No' }],
    ],
    [
      'its reasoning',
      { role: 'assistant', content: 'Hi', reasoning_content: 'Hm' },
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text', text: 'Hi' },
      ],
    ],
    [
      'reasoning that is signed',
      {
        role: 'assistant',
        content: 'Hi',
        reasoning_content: 'Hm',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        ],
      },
      [
        { type: 'reasoning', text: 'Hm', seal: { origin: 'anthropic', signature: 's' } },
        { type: 'text', text: 'Hi' },
      ],
    ],
    [
      'reasoning that is only partly in the details',
      {
        role: 'assistant',
        reasoning_content: 'abc',
        reasoning_details: [{ type: 'reasoning.text', text: 'b', signature: 's', format: 'anthropic-claude-v1' }],
      },
      [
        { type: 'reasoning', text: 'a' },
        { type: 'reasoning', text: 'b', seal: { origin: 'anthropic', signature: 's' } },
        { type: 'reasoning', text: 'c' },
      ],
    ],
    [
      'reasoning that is hidden',
      {
        role: 'assistant',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', format: 'anthropic-claude-v1' }],
      },
      [{ type: 'reasoning', text: '', seal: { origin: 'anthropic', data: 'x' } }],
    ],
    [
      'a signed call',
      { role: 'assistant', tool_calls: [{ ...called('a'), extra_content: { google: { thought_signature: 's' } } }] },
      [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}', seal: { origin: 'gemini', signature: 's' } }],
    ],
    [
      'a signed text',
      { role: 'assistant', content: 'Hi', extra_content: { google: { thought_signature: 's' } } },
      [{ type: 'text', text: 'Hi', seal: { origin: 'gemini', signature: 's' } }],
    ],
    [
      'speech',
      { role: 'assistant', audio: { id: 'audio_1' } },
      [{ type: 'media', kind: 'audio', source: { type: 'id', id: 'audio_1' } }],
    ],
    [
      'an image',
      { role: 'assistant', content: 'Hi', images: [{ type: 'image_url', image_url: { url: 'https://a' } }] },
      [
        { type: 'text', text: 'Hi' },
        { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a' } },
      ],
    ],
  ])('%s', (_title, message, parts) => expect(partsOf(message)).toEqual(parts))

  test('empty fields that SDKs keep in an earlier response are dropped', () => {
    const [message] = saying({
      role: 'assistant',
      content: 'Hi',
      refusal: null,
      annotations: [],
      audio: null,
      function_call: null,
      tool_calls: null,
    }).messages
    expect(message).toEqual({ role: 'assistant', parts: [{ type: 'text', text: 'Hi' }], isPlain: true })
  })

  test('deprecated functions become tools, and their calls get ids that the results refer to', () => {
    const request = decode({
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
      messages: [
        HI,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } },
        { role: 'function', name: 'f', content: '1' },
      ],
    })
    expect(request.tools).toEqual([{ type: 'function', name: 'f', parameters: { type: 'object' } }])
    expect(request.toolChoice).toEqual({ type: 'tool', name: 'f' })
    const [called, answered] = request.messages.slice(1).map(({ parts }) => parts[0])
    expect(called).toMatchObject({ type: 'tool-call', id: 'call_function_0', arguments: '{}' })
    expect(answered).toMatchObject({ type: 'tool-result', callId: 'call_function_0', name: 'f' })
  })
})

describe('settings', () => {
  test.each<[string, JsonObject, Partial<ChatRequest>]>([
    ['the cap by its older name', { max_tokens: 5 }, { maxOutput: 5 }],
    ['the cap by both names', { max_tokens: 5, max_completion_tokens: 6 }, { maxOutput: 6 }],
    ['the end user', { user: 'u' }, { user: 'u' }],
    ['the end user by the newer name', { safety_identifier: 'u' }, { user: 'u' }],
    ['one stop', { stop: 'x' }, { stop: ['x'] }],
    ['an effort', { reasoning_effort: 'low' }, { reasoning: { effort: 'low' } }],
    ['an effort value of Groq', { reasoning_effort: 'default' }, { extra: { reasoning_effort: 'default' } }],
    [
      'OpenRouter’s reasoning',
      { reasoning: { max_tokens: 9, exclude: true } },
      { reasoning: { budgetTokens: 9, summary: 'none' } },
    ],
    [
      'LiteLLM’s thinking',
      { thinking: { type: 'enabled', budget_tokens: 9 } },
      { reasoning: { mode: 'on', budgetTokens: 9 } },
    ],
    ['thinking turned off', { thinking: { type: 'disabled' } }, { reasoning: { mode: 'off' } }],
    [
      'a choice among some tools',
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
        },
      },
      { toolChoice: { type: 'subset', names: ['f'], mustCall: true } },
    ],
    ['Mistral’s name for required', { tool_choice: 'any' }, { toolChoice: { type: 'required' } }],
    [
      'web search',
      { web_search_options: { search_context_size: 'low' } },
      {
        tools: [
          { type: 'native', format: 'openai-chat', kind: 'web_search_options', value: { search_context_size: 'low' } },
        ],
      },
    ],
    [
      'a custom tool',
      { tools: [{ type: 'custom', custom: { name: 'sh' } }] },
      {
        tools: [
          { type: 'native', format: 'openai-chat', kind: 'custom', value: { type: 'custom', custom: { name: 'sh' } } },
        ],
      },
    ],
    [
      'usage at the end',
      { stream: true, stream_options: { include_usage: true, include_obfuscation: false } },
      { stream: true, wantsUsage: true, extra: { stream_options: { include_obfuscation: false } } },
    ],
    [
      'a grammar',
      { response_format: { type: 'structural_tag', structures: [] } },
      { extra: { response_format: { type: 'structural_tag', structures: [] } } },
    ],
    ['an unknown field', { novelty: { a: 1 } }, { extra: { novelty: { a: 1 } } }],
  ])('%s', (_title, body, expected) => expect(decode(body)).toMatchObject(expected))

  test('the path takes precedence', () =>
    expect(decodeRequest({ messages: [HI], stream: false }, { model: 'p', stream: true })).toMatchObject({
      model: 'p',
      stream: true,
    }))
})
