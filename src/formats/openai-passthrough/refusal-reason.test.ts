import { describe, expect, test } from 'bun:test'
import { growth, LINEAR } from '../../../test/growth.ts'
import { fixtures, loadFixture } from '../../../test/shared.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { refusalReason } from '../openai-shared/refusal-reason.ts'

const reasonOf = (status: number, body: unknown) => {
  const error = decodeError(JSON.stringify(body))
  return error && refusalReason(status, error)
}
const openai = (message: string, more: object = {}) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
})

describe('a prompt that is too long is recognized from', () => {
  test.each<[string, number, unknown]>([
    ['OpenAI', 400, openai('Your input exceeds the limit.', { code: 'context_length_exceeded' })],
    [
      'OpenAI, by message',
      400,
      openai("This model's maximum context length is 4097 tokens, however you requested 4226 tokens."),
    ],
    [
      'OpenAI, by newer message',
      400,
      openai('Your input exceeds the context window of this model. Please adjust your input and try again.'),
    ],
    ['Azure', 400, { error: { code: 'context_length_exceeded', message: 'Too long.' } }],
    [
      'vLLM',
      400,
      {
        object: 'error',
        message: "This model's maximum context length is 4096 tokens. However, you requested 8203 tokens.",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'vLLM V1',
      400,
      openai('The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that ...', {
        code: 400,
      }),
    ],
    [
      'SGLang',
      400,
      {
        object: 'error',
        message: "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
        type: 'BadRequestError',
        code: 400,
      },
    ],
    [
      'SGLang, newer',
      400,
      openai("Requested token count exceeds the model's maximum context length of 202752 tokens."),
    ],
    [
      'SGLang, too long for its memory',
      400,
      openai('Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens). Use a shorter input.'),
    ],
    [
      'llama.cpp',
      400,
      openai('the request exceeds the available context size, try increasing it', {
        type: 'exceed_context_size_error',
        code: 400,
      }),
    ],
    [
      'llama.cpp, older',
      500,
      openai('the request exceeds the available context size. try increasing the context size', { code: 500 }),
    ],
    [
      'TGI',
      422,
      {
        error:
          'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`',
        error_type: 'validation',
      },
    ],
    ['Ollama', 400, { error: 'input length exceeds the context length' }],
    [
      'Mistral',
      400,
      {
        object: 'error',
        message:
          'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
        type: 'invalid_request_prompt',
        code: '3051',
      },
    ],
    [
      'Groq',
      400,
      openai('Please reduce the length of the messages or completion.', { code: 'context_length_exceeded' }),
    ],
    [
      'Cerebras',
      400,
      {
        message: 'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
    ],
    [
      'xAI',
      400,
      {
        code: 'Client specified an invalid argument',
        error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      },
    ],
    [
      'DeepSeek',
      400,
      openai("This model's maximum context length is 131072 tokens. However, you requested 131134 tokens.", {
        code: 'invalid_request_error',
      }),
    ],
    [
      'OpenRouter',
      400,
      {
        error: {
          message: "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens.",
          code: 400,
        },
      },
    ],
    [
      'Cohere',
      400,
      { id: 'x', message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.' },
    ],
    [
      'Anthropic',
      400,
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'prompt is too long: 208310 tokens > 200000 maximum' },
      },
    ],
    [
      'Anthropic, with the output',
      400,
      {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'input length and `max_tokens` exceed context limit: 180000 + 32000 > 200000',
        },
      },
    ],
    [
      'Gemini',
      400,
      [
        {
          error: {
            code: 400,
            message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
            status: 'INVALID_ARGUMENT',
          },
        },
      ],
    ],
    ['Bedrock', 400, { message: 'Input is too long for requested model.' }],
    ['Bedrock, another message', 400, { message: 'Validation error: Input Tokens Exceeded: 300000' }],
  ])('%s', (_title, status, body) => expect(reasonOf(status, body)).toBe('context_length'))
})

describe('a content filter is recognized from', () => {
  test.each<[string, number, unknown]>([
    [
      'OpenAI',
      400,
      openai('Your request was rejected as a result of our safety system.', { code: 'content_policy_violation' }),
    ],
    [
      'OpenAI, of a reasoning model',
      400,
      openai('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', {
        code: 'invalid_prompt',
      }),
    ],
    [
      'Azure',
      400,
      {
        error: {
          message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          type: null,
          param: 'prompt',
          code: 'content_filter',
          status: 400,
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
    ],
    [
      'Anthropic',
      400,
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'Output blocked by content filtering policy' },
      },
    ],
    ['Bedrock', 400, { message: 'The generated text has been blocked by our content filters.' }],
    [
      'Vertex',
      400,
      {
        error: {
          code: 400,
          message: "This prompt contains sensitive words that violate Google's Responsible AI practices.",
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
    [
      'OpenRouter',
      403,
      {
        error: {
          code: 403,
          message:
            'openai/gpt-4o requires moderation on OpenAI. Your input was flagged for "violence". No credits were charged.',
        },
      },
    ],
    ['xAI', 403, { code: 'permission-denied', error: 'Content violates usage guidelines. Team: x' }],
    ['DeepSeek', 400, openai('Content Exists Risk')],
    ['Alibaba', 400, openai('Input data may contain inappropriate content.', { code: 'data_inspection_failed' })],
  ])('%s', (_title, status, body) => expect(reasonOf(status, body)).toBe('content_policy'))
})

test.each<[string, number, unknown]>([
  [
    'a rate limit in tokens',
    429,
    openai(
      'Request too large for gpt-4o: Limit 30000, Requested 40000. Please reduce the length of the messages or completion.',
    ),
  ],
  [
    'a body that is too large for an edge proxy',
    413,
    { type: 'error', error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } },
  ],
  [
    'a cap on the output that is too high',
    400,
    openai('max_tokens is too large: 100000. This model supports at most 16384 completion tokens.'),
  ],
  ['a wrong key', 401, openai('Incorrect API key provided. See the maximum context length of your plan.')],
  [
    'a string that is too long',
    400,
    openai("Invalid 'user': string too long. Expected a string with maximum length 512.", {
      code: 'string_above_max_length',
    }),
  ],
  ['a policy that is not about content', 403, openai('Access denied by the network policy.')],
  ['a phrase beyond the checked length', 400, openai(`${'x'.repeat(2000)} maximum context length`)],
])('%s is neither', (_title, status, body) => expect(reasonOf(status, body)).toBeUndefined())

const RECORDED: Readonly<Record<string, string>> = {
  'vertex-gemini/images-status-400-generate-images-prompt-blocked.json': 'content_policy',
}
const recorded = fixtures(({ status }) => status >= 400)

test.skipIf(recorded.length === 0)('of all recorded errors only the filtered one has a reason', () => {
  const found = recorded.flatMap((entry) => {
    const reason = reasonOf(entry.status, loadFixture(entry).response.body)
    return reason === undefined ? [] : [[entry.file, reason]]
  })
  expect(Object.fromEntries(found)).toEqual(RECORDED)
})

test.each(['input token count ', '`inputs` ', 'a'])(
  'messages of any shape are matched quickly: %p repeated',
  (piece) => {
    const text = (length: number) => piece.repeat(length / piece.length)
    const look = (message: string) => refusalReason(400, { message, isEnvelope: true })
    expect(growth(10_000, text, look)).toBeLessThan(LINEAR)
  },
)
