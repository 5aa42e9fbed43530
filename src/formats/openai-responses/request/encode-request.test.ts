import { describe, expect, test } from 'bun:test'
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, Message } from '../../../chat/request.ts'
import type { Capability } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'

const text = (text: string): Part => ({ type: 'text', text })
const user = (...parts: Part[]): Message => ({ role: 'user', parts })
const replied = (...parts: Part[]): Message => ({ role: 'assistant', parts })
const call = (more: object = {}): Part => ({ type: 'tool-call', id: 'call_1', name: 'f', arguments: '{}', ...more })
const result = (more: object = {}): Part => ({ type: 'tool-result', callId: 'call_1', content: [], ...more }) as Part

const ASKED: ChatRequest = {
  format: 'anthropic',
  model: 'x',
  messages: [user(text('hi'))],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: true,
}

function write(more: Partial<ChatRequest>, model = 'gpt-5', capabilities: Capability[] = []) {
  const losses = new Losses()
  const target = { model, baseModel: model, capabilities: new Set(capabilities) }
  const body = encodeRequest({ ...ASKED, ...more }, target, losses) as Record<string, unknown>
  return { body, lost: losses.list.map(({ field }) => field) }
}

describe('messages of other formats become items:', () => {
  test.each<[string, Message[], unknown[], string[]?]>([
    ['one text', [user(text('a'))], [{ role: 'user', content: 'a' }]],
    [
      'instructions, in their place',
      [
        { role: 'system', parts: [text('s')] },
        user(text('a')),
        { role: 'developer', parts: [text('d')] },
        user(text('b')),
      ],
      [
        { role: 'system', content: 's' },
        { role: 'user', content: 'a' },
        { role: 'developer', content: 'd' },
        { role: 'user', content: 'b' },
      ],
    ],
    [
      'texts and media',
      [
        user(
          text('a'),
          { type: 'media', kind: 'image', source: { type: 'base64', data: 'aGk=' }, mediaType: 'image/png' },
          { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a.example/' }, detail: 'high' },
          { type: 'media', kind: 'file', source: { type: 'base64', data: 'aGk=' }, mediaType: 'application/pdf' },
          { type: 'media', kind: 'file', source: { type: 'url', url: 'https://a.example/' }, name: 'a.pdf' },
          { type: 'media', kind: 'file', source: { type: 'text', text: 'doc' } },
        ),
      ],
      [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'a' },
            { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' },
            { type: 'input_image', image_url: 'https://a.example/', detail: 'high' },
            { type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,aGk=' },
            { type: 'input_file', file_url: 'https://a.example/', filename: 'a.pdf' },
            { type: 'input_text', text: 'doc' },
          ],
        },
      ],
    ],
    [
      'calls by their ids, and results before other parts',
      [
        user(text('a')),
        replied(text('b'), call(), call({ id: 'call_2' })),
        user(
          text('c'),
          result({ content: [text('x')] }),
          result({ callId: 'call_2', content: [text('y'), text('z')] }),
        ),
      ],
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: 'call_2', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'x' },
        {
          type: 'function_call_output',
          call_id: 'call_2',
          output: [
            { type: 'input_text', text: 'y' },
            { type: 'input_text', text: 'z' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
    ],
    [
      'images in results, in their place',
      [
        user(text('a')),
        replied(call()),
        user(
          result({
            content: [text('x'), { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a.example/' } }],
            isError: true,
          }),
        ),
      ],
      [
        { role: 'user', content: 'a' },
        { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
        {
          type: 'function_call_output',
          call_id: 'call_1',
          output: [
            { type: 'input_text', text: 'x' },
            { type: 'input_image', image_url: 'https://a.example/', detail: 'auto' },
          ],
        },
      ],
      ['messages[2].content[0].is_error'],
    ],
    [
      'reasoning only to the family that sealed it',
      [
        user(text('a')),
        replied(
          { type: 'reasoning', text: 'one', isSummary: true, id: 'rs_1' },
          {
            type: 'reasoning',
            text: 'two',
            isSummary: true,
            id: 'rs_1',
            seal: { origin: 'openai-responses', data: 'b' },
          },
          { type: 'reasoning', text: 'mine', seal: { origin: 'anthropic', signature: 's' } },
          { type: 'reasoning', text: 'grok', seal: { origin: 'xai', data: 'x' } },
          { type: 'reasoning', text: 'plain' },
          text('b'),
          { type: 'refusal', text: 'no' },
        ),
        user(text('c')),
      ],
      [
        { role: 'user', content: 'a' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'one' },
            { type: 'summary_text', text: 'two' },
          ],
          encrypted_content: 'b',
        },
        {
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'b' },
            { type: 'refusal', refusal: 'no' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
      ['messages[1].content[2]', 'messages[1].content[3]', 'messages[1].content[4]'],
    ],
    [
      'a signature on a call of another family',
      [user(text('a')), replied(call({ seal: { origin: 'gemini', signature: 's' } })), user(result())],
      [
        { role: 'user', content: 'a' },
        { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: '' },
      ],
      ['messages[1].content[0].thought_signature'],
    ],
  ])('%s', (_, messages, input, lost = []) => {
    const written = write({ messages })
    expect(written.body['input']).toEqual(input)
    expect(written.lost).toEqual(lost)
  })

  test('an id that is too long gets a short replacement, the same for call and result', () => {
    const id = 'x'.repeat(65)
    const { input } = write({ messages: [user(text('a')), replied(call({ id })), user(result({ callId: id }))] })
      .body as { input: { call_id: string }[] }
    expect(input[1]!.call_id).toMatch(/^\w{32}$/)
    expect(input[2]!.call_id).toBe(input[1]!.call_id)
  })
})

describe('settings', () => {
  test.each<[string, Partial<ChatRequest>, object, string[]?, string?]>([
    [
      'nothing is stored, and sealed reasoning is requested',
      {},
      { store: false, include: ['reasoning.encrypted_content'] },
    ],
    ['storing is requested if the client requests it', { store: true }, { store: true }],
    ['a model that does not reason is not decoded for sealed reasoning', {}, { include: undefined }, [], 'gpt-4o'],
    ['nor is an unknown server', {}, { include: undefined }, [], 'some-model'],
    [
      'unless reasoning is requested',
      { reasoning: { effort: 'low' } },
      { include: ['reasoning.encrypted_content'], reasoning: { effort: 'low' } },
      [],
      'some-model',
    ],
    [
      'a budget becomes an effort',
      { reasoning: { mode: 'on', budgetTokens: 6000, summary: 'auto' }, maxOutput: 10_000 },
      { reasoning: { effort: 'high', summary: 'auto' } },
      ['reasoning.budget_tokens'],
    ],
    [
      'a summary is requested only if the client wants it',
      { reasoning: { effort: 'low', summary: 'none' } },
      { reasoning: { effort: 'low' } },
    ],
    ['a model that always reasons', { reasoning: { mode: 'off' } }, { reasoning: undefined }, ['reasoning']],
    [
      'sampling is removed for a model that reasons',
      { sampling: { temperature: 0.5, topP: 0.5 } },
      { temperature: undefined, top_p: undefined },
      ['temperature', 'top_p'],
    ],
    [
      'sampling is sent to other models',
      { sampling: { temperature: 0.5, topP: 0.5, logprobs: true, topLogprobs: 2 } },
      { temperature: 0.5, top_p: 0.5, top_logprobs: 2, include: ['message.output_text.logprobs'] },
      [],
      'gpt-4o',
    ],
    [
      'fields that this format does not have are noted',
      { sampling: { topK: 5, seed: 1, frequencyPenalty: 1, presencePenalty: 1, logitBias: { 1: 2 }, minP: 0.1 } },
      {},
      ['min_p', 'seed', 'frequency_penalty', 'presence_penalty', 'logit_bias', 'top_k'],
    ],
    ['a cap below OpenAI’s minimum is raised', { maxOutput: 1 }, { max_output_tokens: 16 }, ['max_tokens']],
    ['a low cap for other servers is kept', { maxOutput: 1 }, { max_output_tokens: 1 }, [], 'some-model'],
    [
      'the end user, the tier, the cache key, the verbosity',
      { user: 'u', tier: 'flex', cacheKey: 'k', verbosity: 'low', metadata: { a: 'b' } },
      {
        safety_identifier: 'u',
        service_tier: 'flex',
        prompt_cache_key: 'k',
        text: { verbosity: 'low' },
        metadata: { a: 'b' },
      },
    ],
    [
      'a schema is flat',
      { output: { type: 'json-schema', schema: { type: 'object' } } },
      { text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } } },
    ],
    [
      'functions are flat, and not strict unless requested',
      { tools: [{ type: 'function', name: 'f' }], toolChoice: { type: 'tool', name: 'f' }, parallelTools: false },
      {
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} }, strict: false }],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
      },
    ],
    [
      'some of the functions',
      {
        tools: [{ type: 'function', name: 'f', strict: true, parameters: { type: 'object' } }],
        toolChoice: { type: 'subset', names: ['f'], mustCall: true },
      },
      {
        tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] },
      },
    ],
    [
      'a choice without tools',
      { toolChoice: { type: 'required' }, parallelTools: false },
      { tool_choice: undefined },
      ['tool_choice', 'parallel_tool_calls'],
    ],
  ])('%s', (_, more, expected, lost = [], model = 'gpt-5') => {
    const written = write(more, model)
    for (const [key, value] of Object.entries(expected)) expect(written.body[key]).toEqual(value)
    expect(written.lost.toSorted()).toEqual(lost.toSorted())
  })

  test('top_k is sent to servers that accept it', () =>
    expect(write({ sampling: { topK: 5 } }, 'some-model', ['top-k']).body['top_k']).toBe(5))
})

describe('what would change the meaning is rejected', () => {
  const media = (kind: 'audio' | 'video' | 'image', source: object): Part => ({ type: 'media', kind, source }) as Part
  const data = { type: 'base64', data: 'aGk=' }
  test.each<[string, Partial<ChatRequest>, string]>([
    ['stop sequences', { stop: ['x'] }, 'stop_sequences: '],
    ['several choices', { sampling: { choices: 2 } }, 'choices: '],
    ['speech', { messages: [user(media('audio', data))] }, 'messages[0].content[0]: '],
    ['films', { messages: [user(media('video', data))] }, 'messages[0].content[0]: '],
    [
      'files of another provider',
      { messages: [user(media('image', { type: 'id', id: 'f' }))] },
      'messages[0].content[0]: ',
    ],
    [
      'parts of another format',
      { messages: [user({ type: 'native', format: 'anthropic', kind: 'search_result', value: {} })] },
      'messages[0].content[0]: search_result exists only in anthropic',
    ],
    [
      'tools of another provider',
      { tools: [{ type: 'native', format: 'anthropic', kind: 'web_search_20250305', value: {} }] },
      'tools[0]: web_search_20250305',
    ],
    ['a final assistant message', { messages: [user(text('a')), replied(text('b'))] }, 'messages: '],
    [
      'an image that the model generated',
      { messages: [user(text('a')), replied(media('image', data)), user(text('b'))] },
      'messages[1].content[0]: ',
    ],
    [
      'a call without a result',
      { messages: [user(text('a')), replied(call()), user(text('b'))] },
      'messages lacks the result',
    ],
    ['a result without a call', { messages: [user(text('a'), result())] }, 'messages[0].content[1] has a result'],
  ])('%s', (_, more, message) => expect(() => write(more)).toThrow(message))
})

describe('a decoded request of this format is encoded to the same request', () => {
  test.each<[string, object]>([
    ['a plain string as input', { input: 'hi' }],
    ['instructions', { instructions: 'x', input: 'hi' }],
    ['empty instructions', { instructions: '', input: [{ role: 'user', content: 'hi' }] }],
    ['instructions that are items', { instructions: [{ role: 'user', content: 'x' }], input: 'hi' }],
    ['the types of parts', { input: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }],
    [
      'adjacent messages',
      {
        input: [
          {
            type: 'message',
            id: 'msg_1',
            status: 'completed',
            role: 'assistant',
            content: [{ type: 'output_text', text: 'a' }],
          },
          { role: 'assistant', content: 'b' },
          { type: 'message', role: 'assistant', phase: 'final_answer', content: [] },
          { type: 'item_reference', id: 'msg_2' },
          { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'mp3' } }] },
        ],
      },
    ],
    [
      'empty texts and reasoning',
      {
        input: [
          {
            type: 'reasoning',
            id: 'rs_1',
            status: null,
            summary: [],
            content: [{ type: 'reasoning_text', text: 'a' }],
          },
        ],
      },
    ],
    [
      'fields of this format only',
      {
        input: 'hi',
        previous_response_id: 'resp_1',
        background: true,
        include: ['file_search_call.results'],
        text: { format: { type: 'grammar' }, verbosity: 'low', x: 1 },
        reasoning: { effort: 'huge', summary: 'auto' },
        tools: [{ type: 'mcp', server_label: 'a' }],
        tool_choice: { type: 'mcp', server_label: 'a' },
        truncation: 'auto',
      },
    ],
    ['a choice without tools', { input: 'hi', tool_choice: 'auto', parallel_tool_calls: true }],
    ['a cap below the minimum', { input: 'hi', max_output_tokens: 1 }],
  ])('%s', (_, body) => {
    const whole = { model: 'gpt-5', ...body }
    const losses = new Losses()
    const target = { model: 'gpt-5', baseModel: 'gpt-5', capabilities: new Set<Capability>() }
    const again = encodeRequest(decodeRequest(whole, { model: undefined, stream: undefined }), target, losses)
    const withoutNull = JSON.parse(JSON.stringify(whole), (_key, value: unknown) => value ?? undefined) as object
    expect(again).toEqual(withoutNull)
    expect(losses.list).toEqual([])
  })
})

test('renamed tools keep their other fields in this format', () => {
  const decoded = decodeRequest(
    {
      model: 'm',
      instructions: 'Be brief.',
      input: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'blob' },
        { type: 'reasoning', summary: [], encrypted_content: 'sluice.1.gemini.s.y' },
        { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'x' },
      ],
    },
    { model: undefined, stream: undefined },
  )
  const renamed = decoded.messages.map((message) =>
    Object.assign({}, message, { parts: message.parts.map((part) => Object.assign({}, part)) }),
  )
  const { body, lost } = write({ ...decoded, messages: renamed })
  expect(body['input']).toEqual([
    { role: 'system', content: 'Be brief.' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'blob' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'x' },
  ])
  expect(lost).toEqual(['input.thought_signature'])
})
