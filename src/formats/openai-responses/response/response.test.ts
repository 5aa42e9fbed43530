import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../errors.ts'
import { Losses } from '../../translation/losses.ts'
import { openaiResponses } from '../index.ts'

const read = (body: unknown) => openaiResponses.decodeResponse(body)
const whole = (more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 5,
  model: 'm',
  status: 'completed',
  output: [],
  ...more,
})

describe('an invalid response is rejected', () => {
  test.each<[string, unknown, string, string]>([
    ['text', 'hi', 'upstream_malformed', 'it must be an object'],
    ['nothing', null, 'upstream_malformed', 'it must be an object'],
    ['another object', {}, 'upstream_malformed', 'output is missing'],
    ['output that is not a list', { output: 'hi' }, 'upstream_malformed', 'output must be a list'],
    ['an item that is not an object', whole({ output: [5] }), 'upstream_malformed', 'output[0] must be an object'],
    ['an item without a type', whole({ output: [{}] }), 'upstream_malformed', 'output[0].type is missing'],
    [
      'a text part without text',
      whole({ output: [{ type: 'message', content: [{ type: 'output_text' }] }] }),
      'upstream_malformed',
      'output[0].content[0].text is missing',
    ],
    [
      'a call without a name',
      whole({ output: [{ type: 'function_call', call_id: 'c' }] }),
      'upstream_malformed',
      'output[0].name is missing',
    ],
    [
      'a failure',
      whole({ status: 'failed', error: { code: 'server_error', message: 'Oh.' } }),
      'upstream_failed',
      'Oh.',
    ],
    [
      'a failure without a reason',
      whole({ status: 'failed', error: null }),
      'upstream_failed',
      'ended the response with an error',
    ],
    ['an error in place of a response', { error: { message: 'Oh.' } }, 'upstream_failed', 'Oh.'],
    ['an error of xAI', { error: 'Oh.', code: 'x' }, 'upstream_failed', 'Oh.'],
  ])('%s', (_, body, code, message) => {
    try {
      read(body)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError)
      expect((error as GatewayError).code).toBe(code as 'internal')
      expect((error as GatewayError).message).toContain(message)
    }
  })
})

test('a complete response is decoded', () => {
  const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }]
  const response = read(
    whole({
      service_tier: 'default',
      usage: {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2, audio_tokens: 1 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 14,
        num_sources_used: 2,
      },
      output: [
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'a', logprobs }],
        },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          name: 'f',
          arguments: '{"n":12345678901234567890}',
          namespace: 'x',
        },
      ],
      temperature: 1,
    }),
  )
  expect(response).toEqual({
    format: 'openai-responses',
    id: 'resp_1',
    model: 'm',
    created: 5,
    tier: 'default',
    choices: [
      {
        parts: [
          { type: 'text', text: 'a' },
          {
            type: 'tool-call',
            id: 'call_1',
            name: 'f',
            arguments: '{"n":12345678901234567890}',
            extra: { namespace: 'x' },
          },
        ],
        finish: { reason: 'tool-calls', native: 'completed' },
        logprobs: [{ token: 'a', logprob: -1, bytes: [97], top: [] }],
      },
    ],
    usage: {
      input: 9,
      cached: 4,
      cacheWrite: 2,
      output: 5,
      reasoning: 3,
      extra: { num_sources_used: 2, input_tokens_details: { audio_tokens: 1 } },
    },
    extra: { temperature: 1 },
  })
})

describe('a decoded response of this format is encoded to the same response', () => {
  const request = openaiResponses.decodeRequest({ model: 'm', input: 'hi' }, { model: undefined, stream: undefined })
  const usage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, x: 1 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2,
    cost: 3,
  }
  test.each<[string, object]>([
    ['a truncated one', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ['one that is incomplete for an unknown reason', { status: 'incomplete', incomplete_details: { reason: 'tired' } }],
    ['a queued one', { status: 'queued', incomplete_details: null }],
    [
      'one with a seal of another family',
      { model: 'grok-4', output: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'blob' }] },
    ],
    [
      'two messages',
      {
        output: ['a', 'b'].map((text) => ({
          type: 'message',
          id: `msg_${text}`,
          role: 'assistant',
          phase: 'commentary',
          content: [{ type: 'output_text', text, annotations: [{ type: 'file_path', file_id: 'f' }], logprobs: [] }],
        })),
      },
    ],
  ])('%s', (_, more) => {
    const body = whole({ incomplete_details: null, error: null, usage, ...more })
    const facts = { request, id: 'abc', created: 1, model: undefined }
    const losses = new Losses()
    expect(openaiResponses.encodeResponse(read(body), facts, losses)).toEqual(body)
    expect(losses.list).toEqual([])
  })
})

describe('an error body', () => {
  test.each<[string, string, object | undefined]>([
    [
      'of OpenAI',
      '{"error":{"message":"M","type":"t","param":"p","code":"context_length_exceeded"}}',
      { message: 'M', kind: 'context-length', param: 'p', isEnvelope: true },
    ],
    ['of xAI', '{"error":"M","code":"c"}', { message: 'M', isEnvelope: false }],
    ['of a proxy', '<html>', undefined],
    ['that is empty', '', undefined],
  ])('%s', (_, text, error) => {
    const read = openaiResponses.decodeError(text)
    if (error) expect(read).toMatchObject(error)
    else expect(read).toBeUndefined()
  })

  test('is encoded in OpenAI’s envelope', () =>
    expect(openaiResponses.encodeError(new GatewayError('invalid_request', 'No.', { param: 'input' }), 'id')).toEqual({
      status: 400,
      body: '{"error":{"message":"No.","type":"invalid_request_error","param":"input","code":"invalid_request"}}',
    }))
})
