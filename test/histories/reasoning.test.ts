// Reasoning and signatures of the history: back to the model that made them, as text to servers that take text.
import { describe, expect, test } from 'bun:test'
import type { Capability } from '../../src/formats/format.ts'
import { providerType } from '../../src/providers/index.ts'
import { google, translateRequest, translateResponse, translateStream } from '../formats/translate.ts'
import { encode } from './encode.ts'
import type { JsonObject } from '../../src/codecs/json/object.ts'

const user = { role: 'user', content: 'Find it.' }
const call = { type: 'function_call', call_id: 'call_a', name: 'look_up', arguments: '{}' }
const output = { type: 'function_call_output', call_id: 'call_a', output: 'found' }
const tools = [{ type: 'function', name: 'look_up', parameters: { type: 'object', properties: {} }, strict: false }]
const responses = (reasoning: object) => ({
  model: 'm',
  tools,
  input: [user, { type: 'reasoning', summary: [], ...reasoning }, call, output],
})
const summary = [{ type: 'summary_text', text: 'Hm.' }]

describe('reasoning of another maker without a seal, in the history of a Responses client', () => {
  const unsealed = responses({ id: 'rs_1', summary, encrypted_content: 'sluice.1.none.s.' })

  test('is left out for OpenAI, which rejects reasoning that it has neither stored nor encrypted', () => {
    const { body } = encode('openai-responses', 'openai-responses', unsealed)
    expect((body['input'] as JsonObject[]).map(({ type, role }) => type ?? role)).toEqual([
      'user',
      'function_call',
      'function_call_output',
    ])
  })

  test('is text for servers that take text', () => {
    const { body } = encode('openai-responses', 'openai-chat', unsealed, { capabilities: ['reasoning'] })
    expect(JSON.stringify((body['messages'] as JsonObject[])[1])).toContain('"Hm."')
  })
})

describe('OpenRouter gets reasoning in its own form from a Responses client', () => {
  const details = (reasoning: object): unknown => {
    const { body } = encode('openai-responses', 'openai-chat', responses(reasoning), {
      capabilities: ['reasoning-details'],
    })
    return (body['messages'] as JsonObject[])[1]!['reasoning_details']
  }

  test.each([
    [
      'encrypted',
      { id: 'rs_1', encrypted_content: 'sluice.1.gemini.d.SEALED1', status: 'completed' },
      [{ type: 'reasoning.encrypted', data: 'SEALED1', id: 'rs_1', format: 'google-gemini-v1', index: 0 }],
    ],
    [
      'without an id',
      { encrypted_content: 'sluice.1.gemini.d.SEALED1' },
      [{ type: 'reasoning.encrypted', data: 'SEALED1', format: 'google-gemini-v1', index: 0 }],
    ],
    [
      'signed',
      { summary, encrypted_content: 'sluice.1.anthropic.s.SIG1' },
      [{ type: 'reasoning.summary', summary: 'Hm.', signature: 'SIG1', format: 'anthropic-claude-v1', index: 0 }],
    ],
    [
      'plain',
      { id: 'rs_1', content: [{ type: 'reasoning_text', text: 'Hm.' }] },
      [{ type: 'reasoning.text', text: 'Hm.', id: 'rs_1', format: 'unknown', index: 0 }],
    ],
  ])('%s', (_title, reasoning, expected) => expect(details(reasoning)).toEqual(expected))

  test('and from a Chat client as it was', () => {
    const entries = [
      { type: 'reasoning.encrypted', data: 'X', format: 'openai-responses-v1', id: 'r', index: 0, more: 1 },
    ]
    const messages = [user, { role: 'assistant', content: 'Hi.', reasoning_details: entries }, user]
    const body = translateRequest('openai-chat', 'openai-chat', { model: 'm', messages }, 'm', ['reasoning-details'])
    expect((body['messages'] as JsonObject[])[1]!['reasoning_details']).toEqual(entries)
  })
})

describe('hidden thinking of Claude comes back before its call', () => {
  const hidden = responses({ encrypted_content: 'sluice.1.anthropic.s.SIG1' })

  test('for Anthropic', () => {
    const { body, losses } = encode('openai-responses', 'anthropic', hidden)
    expect(losses).toEqual([])
    expect((body['messages'] as JsonObject[])[1]!['content']).toMatchObject([
      { type: 'thinking', thinking: '', signature: 'SIG1' },
      { type: 'tool_use', id: 'call_a' },
    ])
  })

  test('for Bedrock', () => {
    const { body, losses } = encode('openai-responses', 'bedrock-converse', hidden)
    expect(losses).toEqual([])
    expect((body['messages'] as JsonObject[])[1]!['content']).toMatchObject([
      { reasoningContent: { reasoningText: { text: '', signature: 'SIG1' } } },
      { toolUse: { toolUseId: 'call_a' } },
    ])
  })

  test('so that a model with manual thinking keeps thinking', () => {
    const request = { ...hidden, reasoning: { effort: 'high' }, max_output_tokens: 8000 }
    const { body } = encode('openai-responses', 'anthropic', request, { model: 'claude-sonnet-4-5' })
    expect(body['thinking']).toMatchObject({ type: 'enabled' })
  })

  test('and stays what it is for others: a loss', () => {
    const { violations, losses } = encode('openai-responses', 'gemini', hidden)
    expect(violations).toEqual([])
    expect(losses.length).toBeGreaterThan(0)
  })
})

describe('thoughts between calls', () => {
  const thinking = {
    model: 'm',
    max_tokens: 100,
    tools: [{ name: 'look_up', input_schema: { type: 'object', properties: {} } }],
    messages: [
      user,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'sluice.1.none.s.' },
          { type: 'tool_use', id: 'call_a', name: 'look_up', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_a', content: 'found' }] },
    ],
  }
  const plain = responses({ content: [{ type: 'reasoning_text', text: 'Hm.' }] })

  test.each([
    ['vllm', 'reasoning'],
    ['ollama', 'reasoning'],
    ['sglang', 'reasoning_content'],
    ['llamacpp', 'reasoning_content'],
    ['deepseek', 'reasoning_content'],
    ['fireworks', 'reasoning_content'],
  ])('reach %s as %s', (type, field) => {
    const capabilities = [...providerType(type)!.capabilities] as Capability[]
    for (const [client, request] of [
      ['anthropic', thinking],
      ['openai-responses', plain],
    ] as const) {
      const { body, losses } = encode(client, 'openai-chat', request, { capabilities })
      expect((body['messages'] as JsonObject[])[1]).toMatchObject({ role: 'assistant', [field]: 'Hm.' })
      expect(losses).toEqual([])
    }
  })

  test.each(['openai', 'tgi', 'groq'])('are left out and named for %s', (type) => {
    const capabilities = [...providerType(type)!.capabilities] as Capability[]
    const { body, losses } = encode('anthropic', 'openai-chat', thinking, { capabilities })
    expect(JSON.stringify(body)).not.toContain('Hm.')
    expect(losses.map(({ field }) => field)).toEqual(['messages[1].reasoning'])
  })
})

describe('an image of Gemini comes back to it with its signature', () => {
  const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' }, thoughtSignature: 'U0lH' }
  const chunk = google.chunk([{ text: 'Here.' }, image], {}, 'STOP')
  const toGemini = (client: string, request: object) =>
    encode(client, 'gemini', request, { model: 'gemini-3-pro-image' })
  const sent = [{}, { role: 'model', parts: [{ text: 'Here.' }, image] }, {}]
  const whole = translateResponse('openai-responses', 'gemini', chunk)
  const streamed = translateStream('openai-responses', 'gemini', [chunk]).events.at(-1)!['response'] as JsonObject

  test.each([
    ['whole', whole],
    ['streamed', streamed],
  ])('from a Responses client, %s', (_title, { output }) => {
    const { body, losses } = toGemini('openai-responses', { model: 'm', input: [user, ...(output as object[]), user] })
    expect(body['contents']).toMatchObject(sent)
    expect(losses).toEqual([])
  })

  test('from a Chat client', () => {
    const { choices } = translateResponse('openai-chat', 'gemini', chunk) as { choices: { message: object }[] }
    const { body } = toGemini('openai-chat', { model: 'm', messages: [user, choices[0]!.message, user] })
    expect(body['contents']).toMatchObject(sent)
  })

  test.each(['openai-chat', 'anthropic', 'bedrock-converse', 'cohere', 'ollama'] as const)(
    'and goes to %s with the next message of the user',
    (upstream) => {
      const input = [user, ...(whole['output'] as object[]), user]
      const { body, violations, losses } = encode('openai-responses', upstream, { model: 'm', input })
      expect(violations).toEqual([])
      expect(JSON.stringify(body)).toContain('iVBORw0KGgo=')
      expect(losses.map(({ field }) => field)).toContain('input[3]')
    },
  )
})

test("Mistral's prefix: false asks for nothing", () => {
  const messages = [user, { role: 'assistant', content: 'Hm.', prefix: false }, user]
  expect(encode('openai-chat', 'anthropic', { model: 'm', messages }).losses).toEqual([])
  const earlier = [user, { role: 'assistant', content: 'Hm.', prefix: true }, user]
  expect(encode('openai-chat', 'anthropic', { model: 'm', messages: earlier }).losses).toHaveLength(1)
  const prefixed = [user, { role: 'assistant', content: 'Hm.', prefix: true }]
  expect(() => encode('openai-chat', 'anthropic', { model: 'm', messages: prefixed })).toThrow('prefix')
})

describe('phases of messages', () => {
  const turn = (content: unknown) => ({ role: 'assistant', content })
  const request = {
    model: 'm',
    max_tokens: 100,
    tools: [{ name: 'look_up', input_schema: { type: 'object', properties: {} } }],
    messages: [
      user,
      turn([
        { type: 'text', text: 'Looking.' },
        { type: 'tool_use', id: 'call_a', name: 'look_up', input: {} },
      ]),
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_a', content: 'found' }] },
      turn('Found.'),
      user,
    ],
  }
  const phases = (model: string) =>
    (encode('anthropic', 'openai-responses', request, { model }).body['input'] as JsonObject[])
      .filter(({ role }) => role === 'assistant')
      .map(({ phase }) => phase)

  test('are derived from the calls for models that have them', () =>
    expect(phases('gpt-5.4')).toEqual(['commentary', 'final_answer']))
  test('are not sent to others', () => expect(phases('gpt-5.1')).toEqual([undefined, undefined]))
  test('are named once for other formats', () => {
    const said = (text: string) => ({
      type: 'message',
      role: 'assistant',
      phase: 'commentary',
      content: [{ type: 'output_text', text }],
    })
    const { losses } = encode('openai-responses', 'anthropic', {
      model: 'm',
      input: [user, said('a'), user, said('b'), user],
    })
    expect(losses.map(({ field }) => field)).toEqual(['input.phase'])
  })
})

test('speech of a Chat model comes back from a Gemini client as its transcript', () => {
  const audio = { id: 'audio_1', data: 'AAAA', transcript: 'La la.', expires_at: 1 }
  const message = { role: 'assistant', content: null, audio }
  const completion = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
  }
  const { candidates } = translateResponse('gemini', 'openai-chat', completion) as { candidates: { content: object }[] }
  const turn = { role: 'user', parts: [{ text: 'Sing.' }] }
  const { body, losses } = encode('gemini', 'openai-chat', { contents: [turn, candidates[0]!.content, turn] })
  expect((body['messages'] as JsonObject[])[1]).toEqual({ role: 'assistant', content: 'La la.' })
  expect(losses.map(({ field }) => field)).toEqual(['contents[1].parts[0]'])
})
