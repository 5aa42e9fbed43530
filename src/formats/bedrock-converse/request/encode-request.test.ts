import { describe, expect, test } from 'bun:test'
import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, Message, Role } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import type { Capability } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { withOriginal } from '../../fields/originals.ts'
import { encodeRequest } from './encode-request.ts'

const text = (value: string): Part => ({ type: 'text', text: value })
const say = (role: Role, ...parts: (Part | string)[]): Message => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? text(part) : part)),
})
const call = (id: string, args = '{}', name = 'f'): Part => ({ type: 'tool-call', id, name, arguments: args })
const result = (callId: string, ...content: Part[]): Part => ({
  type: 'tool-result',
  callId,
  content: content as never,
})
const tool = { type: 'function', name: 'f' } as const
const spec = { toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } } }

const OPUS = 'us.anthropic.claude-opus-4-6-v1:0'
const MANUAL = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
const NOVA = 'us.amazon.nova-2-lite-v1:0'
const GPT = 'openai.gpt-oss-120b-1:0'
const MISTRAL = 'mistral.mistral-large-2407-v1:0'
const LLAMA = 'us.meta.llama4-scout-17b-instruct-v1:0'

function encode(fields: Partial<ChatRequest>, model = NOVA, capabilities: readonly Capability[] = []) {
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
  const target = { model, baseModel: model, capabilities: new Set(capabilities) }
  const body = JSON.parse(JSON.stringify(encodeRequest(request, target, losses))) as Record<string, unknown>
  return { body, losses: losses.list.map(({ field, what }) => `${field}: ${what}`) }
}

test('a minimal request has no model and no stream, and maxTokens for Claude', () => {
  const messages = [{ role: 'user', content: [{ text: 'hi' }] }]
  expect(encode({ stream: true })).toEqual({ body: { messages }, losses: [] })
  expect(encode({}, OPUS)).toEqual({ body: { messages, inferenceConfig: { maxTokens: 128_000 } }, losses: [] })
})

const history = [say('user', 'a'), say('assistant', call('x')), say('tool', result('x', text('r')))]

describe('a field is encoded', () => {
  test.each<[string, Partial<ChatRequest>, string, object, string[]]>([
    ['maxTokens', { maxOutput: 5 }, NOVA, { inferenceConfig: { maxTokens: 5 } }, []],
    [
      'maxTokens above the maximum of a Claude model',
      { maxOutput: 200_000 },
      OPUS,
      { inferenceConfig: { maxTokens: 128_000 } },
      ['max_completion_tokens: changed: set to 128000, the maximum of this model'],
    ],
    [
      'sampling',
      { sampling: { temperature: 1.5, topP: 0.9 } },
      NOVA,
      { inferenceConfig: { temperature: 1, topP: 0.9 } },
      ['temperature: changed: set to 1, the maximum at Bedrock'],
    ],
    [
      'temperature without top_p for a Claude model that accepts one of them',
      { sampling: { temperature: 0.5, topP: 0.9 } },
      OPUS,
      { inferenceConfig: { maxTokens: 128_000, temperature: 0.5 } },
      ['top_p: removed: this model accepts temperature or top_p, not both'],
    ],
    [
      'no sampling parameters for the newest Claude models',
      { sampling: { temperature: 0.5, topP: 0.9, topK: 5 } },
      'anthropic.claude-opus-4-7',
      { inferenceConfig: { maxTokens: 128_000 } },
      [
        'temperature: removed: this model does not support it',
        'top_p: removed: this model does not support it',
        'top_k: removed: this model does not support it',
      ],
    ],
    ['top_k for Claude', { sampling: { topK: 5 } }, OPUS, { additionalModelRequestFields: { top_k: 5 } }, []],
    [
      'top_k for Nova',
      { sampling: { topK: 5 } },
      NOVA,
      { additionalModelRequestFields: { inferenceConfig: { topK: 5 } } },
      [],
    ],
    [
      'sequences',
      { stop: ['a', ' \n'] },
      NOVA,
      { inferenceConfig: { stopSequences: ['a'] } },
      ['stop: removed: Bedrock does not accept blank stop sequences'],
    ],
    [
      'stop sequences, and the paths where Claude reports the matched one',
      { stop: ['a'] },
      OPUS,
      { additionalModelResponseFieldPaths: ['/stop_sequence', '/delta/stop_sequence'] },
      [],
    ],
    ['a tier', { tier: 'flex' }, NOVA, { serviceTier: { type: 'flex' } }, []],
    ['user and metadata', { user: 'u', metadata: { a: 'b' } }, NOVA, { requestMetadata: { user_id: 'u', a: 'b' } }, []],
    [
      'a schema as a string',
      { output: { type: 'json-schema', name: 'n', schema: { type: 'object', additionalProperties: false } } },
      OPUS,
      {
        outputConfig: {
          textFormat: {
            type: 'json_schema',
            structure: { jsonSchema: { schema: '{"type":"object","additionalProperties":false}', name: 'n' } },
          },
        },
      },
      [],
    ],
    [
      'effort for a Claude model with adaptive thinking',
      { reasoning: { effort: 'high' } },
      OPUS,
      { additionalModelRequestFields: { thinking: { type: 'adaptive' } }, outputConfig: { effort: 'high' } },
      [],
    ],
    [
      'effort for a Claude model with a thinking budget',
      { reasoning: { effort: 'high' }, maxOutput: 10_000 },
      MANUAL,
      { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 6000 } } },
      [],
    ],
    [
      'effort for Nova',
      { reasoning: { effort: 'xhigh' } },
      NOVA,
      { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } } },
      [],
    ],
    [
      'the effort none for Nova',
      { reasoning: { mode: 'off' } },
      NOVA,
      { additionalModelRequestFields: { reasoningConfig: { type: 'disabled' } } },
      [],
    ],
    [
      'effort for gpt-oss',
      { reasoning: { effort: 'minimal' } },
      GPT,
      { additionalModelRequestFields: { reasoning_effort: 'low' } },
      [],
    ],
    ['tools', { tools: [tool] }, NOVA, { toolConfig: { tools: [spec] } }, []],
    [
      'a tool with its cache mark',
      { tools: [{ ...tool, cache: { ttl: '1h' } }] },
      OPUS,
      { toolConfig: { tools: [spec, { cachePoint: { type: 'default', ttl: '1h' } }] } },
      [],
    ],
    [
      'a required tool call',
      { tools: [tool], toolChoice: { type: 'required' } },
      NOVA,
      { toolConfig: { tools: [spec], toolChoice: { any: {} } } },
      [],
    ],
    [
      'one tool',
      { tools: [tool], toolChoice: { type: 'tool', name: 'f' } },
      NOVA,
      { toolConfig: { tools: [spec], toolChoice: { tool: { name: 'f' } } } },
      [],
    ],
    [
      'a subset of the tools',
      { tools: [tool, { ...tool, name: 'g' }], toolChoice: { type: 'subset', names: ['f'], mustCall: true } },
      NOVA,
      { toolConfig: { tools: [spec], toolChoice: { any: {} } } },
      [],
    ],
    [
      "one call at a time, in Claude's field (parallel_tool_calls false had no type)",
      { tools: [tool], parallelTools: false },
      OPUS,
      {
        toolConfig: { tools: [spec] },
        additionalModelRequestFields: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      },
      [],
    ],
    [
      'exactly one call',
      { tools: [tool], parallelTools: false, toolChoice: { type: 'required' } },
      OPUS,
      { additionalModelRequestFields: { tool_choice: { type: 'any', disable_parallel_tool_use: true } } },
      [],
    ],
    [
      'one call at a time is reported as a loss for other models',
      { tools: [tool], parallelTools: false },
      NOVA,
      { toolConfig: { tools: [spec] } },
      ['parallel_tool_calls: removed: this model cannot be limited to one tool call at a time'],
    ],
    [
      'a history with calls but no tools gets tools by the names in it (Bedrock requires toolConfig)',
      { messages: history },
      NOVA,
      { toolConfig: { tools: [spec] } },
      [],
    ],
    [
      'tool choice none in a conversation with calls, for Claude',
      { messages: history, tools: [tool], toolChoice: { type: 'none' } },
      OPUS,
      { toolConfig: { tools: [spec] }, additionalModelRequestFields: { tool_choice: { type: 'none' } } },
      [],
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
      'tool choice none without calls in the history leaves out the tools',
      { tools: [tool], toolChoice: { type: 'none' } },
      NOVA,
      ['toolConfig'],
      [],
    ],
    [
      'a tool choice without tools',
      { toolChoice: { type: 'required' }, parallelTools: false },
      OPUS,
      ['toolConfig', 'additionalModelRequestFields'],
      ['tool_choice'],
    ],
    ['top_k at a model without it', { sampling: { topK: 5 } }, LLAMA, ['additionalModelRequestFields'], ['top_k']],
    [
      'effort at a model without it',
      { reasoning: { effort: 'high' } },
      LLAMA,
      ['additionalModelRequestFields'],
      ['reasoning_effort'],
    ],
    [
      'the effort none at a model without effort',
      { reasoning: { effort: 'none' } },
      LLAMA,
      ['additionalModelRequestFields'],
      [],
    ],
    [
      'the effort none at a model that always thinks',
      { reasoning: { effort: 'none' } },
      GPT,
      ['additionalModelRequestFields'],
      ['reasoning_effort'],
    ],
    [
      'thinking with a forced tool call',
      { tools: [tool], toolChoice: { type: 'required' }, reasoning: { effort: 'high' } },
      MANUAL,
      ['additionalModelRequestFields'],
      ['reasoning_effort'],
    ],
    [
      'thinking after an unsigned call',
      { messages: history, tools: [tool], reasoning: { effort: 'high' } },
      MANUAL,
      ['additionalModelRequestFields'],
      ['reasoning_effort'],
    ],
    ['a tier of another provider', { tier: 'scale' }, NOVA, ['serviceTier'], ['service_tier']],
    ["Groq's default tier", { tier: 'on_demand' }, NOVA, ['serviceTier'], ['service_tier']],
    ['the default tier', { tier: 'auto' }, NOVA, ['serviceTier'], []],
    [
      'metadata that Bedrock does not accept',
      { user: 'ü', metadata: { a: 5, ö: 'b' } },
      NOVA,
      ['requestMetadata'],
      ['safety_identifier', 'metadata.a', 'metadata.ö'],
    ],
    [
      'unsupported parameters',
      {
        sampling: { seed: 0, frequencyPenalty: 0.1, logprobs: true, topLogprobs: 2, logitBias: { 1: 1 }, minP: 0.1 },
        store: true,
        verbosity: 'low',
        cacheKey: 'k',
      },
      NOVA,
      ['inferenceConfig'],
      [
        'min_p',
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'top_logprobs',
        'seed',
        'verbosity',
        'store',
        'prompt_cache_key',
      ],
    ],
    [
      'explicit defaults',
      { sampling: { presencePenalty: 0, logprobs: false, choices: 1 }, verbosity: 'medium', store: false },
      NOVA,
      ['inferenceConfig'],
      [],
    ],
    ["another format's fields", { extra: { prediction: {} } }, NOVA, ['prediction'], ['prediction']],
    ['the name of a participant', { messages: [{ ...say('user', 'a'), name: 'bob' }] }, NOVA, [], ['messages[0].name']],
    [
      'cache marks at a model without prompt caching',
      { messages: [say('user', { type: 'text', text: 'a', cache: {} })] },
      LLAMA,
      [],
      ['messages[0].content[0]: cache mark'],
    ],
    [
      'cache marks on tools at a model that caches only messages',
      { tools: [{ ...tool, cache: {} }] },
      NOVA,
      [],
      ['tools[0]: cache mark'],
    ],
    [
      'the detail of an image',
      {
        messages: [
          say('user', {
            type: 'media',
            kind: 'image',
            source: { type: 'base64', data: 'iVBORw0KGgo=' },
            mediaType: 'image/png',
            detail: 'low',
          }),
        ],
      },
      NOVA,
      [],
      ['messages[0].content[0].detail'],
    ],
  ])('%s', (_title, fields, model, absent, losses) => {
    const encoded = encode(fields, model)
    for (const field of absent) expect(encoded.body).not.toHaveProperty(field)
    expect(encoded.losses.map((loss) => loss.split(/: (?:removed|changed)/)[0]!)).toEqual(losses)
  })
})

const seal = (origin: string, blob: object): Part => ({ type: 'reasoning', text: 't', seal: { origin, ...blob } })
const withReasoning = (part: Part) => ({ messages: [say('user', 'a'), say('assistant', part, 'b'), say('user', 'c')] })

describe('reasoning is sent back', () => {
  const signed = { reasoningContent: { reasoningText: { text: 't', signature: 's' } } }
  const b = { text: 'b' }
  test.each<[string, Part, string, object[], boolean]>([
    [
      'to Claude, with its signature from Bedrock',
      seal('bedrock-converse', { signature: 's' }),
      OPUS,
      [signed, b],
      false,
    ],
    [
      'to Claude, with its signature from another platform',
      seal('anthropic', { signature: 's' }),
      OPUS,
      [signed, b],
      false,
    ],
    [
      'hidden, to the provider that made it',
      { type: 'reasoning', text: '', seal: { origin: 'bedrock-converse', data: 'd' } },
      NOVA,
      [{ reasoningContent: { redactedContent: 'd' } }, b],
      false,
    ],
    ['not to Claude unsigned', { type: 'reasoning', text: 't' }, OPUS, [b], true],
    ['not to gpt-oss unsigned, whose tags would leak', { type: 'reasoning', text: 't' }, GPT, [b], true],
    ["not to Nova with Claude's signature", seal('bedrock-converse', { signature: 's' }), NOVA, [b], true],
    ["not to Claude with Gemini's signature", seal('gemini', { signature: 's' }), OPUS, [b], true],
  ])('%s', (_title, part, model, content, isNoted) => {
    const { body, losses } = encode(withReasoning(part), model)
    expect((body['messages'] as object[])[1]).toEqual({ role: 'assistant', content })
    expect(losses.length > 0).toBe(isNoted)
  })

  test('with signed reasoning before a call, thinking stays on for Claude', () => {
    const messages = [
      say('user', 'a'),
      say('assistant', seal('bedrock-converse', { signature: 's' }), call('x')),
      say('tool', result('x')),
    ]
    expect(
      encode({ messages, reasoning: { effort: 'high' } }, MANUAL).body['additionalModelRequestFields'],
    ).toMatchObject({
      thinking: { type: 'enabled' },
    })
  })

  test('turns of one role are merged if the turn between them is empty', () =>
    expect(
      encode({ messages: [say('user', 'a'), say('assistant', { type: 'reasoning', text: 't' }), say('user', 'c')] })
        .body['messages'],
    ).toEqual([{ role: 'user', content: [{ text: 'a' }, { text: 'c' }] }]))
})

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64')
const PDF = Buffer.from('%PDF-1.4').toString('base64')
const file = (name: string | undefined, mediaType: string | undefined, data = PDF): Part => ({
  type: 'media',
  kind: 'file',
  source: { type: 'base64', data },
  ...(name !== undefined && { name }),
  ...(mediaType !== undefined && { mediaType }),
})
const media = (kind: 'image' | 'audio' | 'video', mediaType: string, data = 'AAAA'): Part => ({
  type: 'media',
  kind,
  source: { type: 'base64', data },
  mediaType,
})
const point = { cachePoint: { type: 'default' } }

describe('a conversation becomes', () => {
  test.each<[string, Partial<ChatRequest>, string, object]>([
    [
      'instructions with a mark, and one in the middle of the conversation',
      {
        messages: [
          say('system', { type: 'text', text: 's', cache: {} }),
          say('developer', 'd'),
          say('user', 'a'),
          say('system', 'm'),
        ],
      },
      NOVA,
      {
        system: [{ text: 's' }, point, { text: 'd' }],
        messages: [{ role: 'user', content: [{ text: 'a' }, { text: '<system>\nm\n</system>' }] }],
      },
    ],
    [
      'parallel results in one user turn, before all other content',
      {
        messages: [
          say('user', 'a'),
          say('assistant', ' ', call('x', '{"b":1,"a":{}}'), call('y', '')),
          say('tool', result('y', text('Y'))),
          say('tool', result('x', text('X'))),
          say('user', 'b'),
        ],
      },
      NOVA,
      {
        messages: [
          { role: 'user', content: [{ text: 'a' }] },
          {
            role: 'assistant',
            content: [
              { toolUse: { toolUseId: 'x', name: 'f', input: { b: 1, a: {} } } },
              { toolUse: { toolUseId: 'y', name: 'f', input: {} } },
            ],
          },
          {
            role: 'user',
            content: [
              { toolResult: { toolUseId: 'y', content: [{ text: 'Y' }] } },
              { toolResult: { toolUseId: 'x', content: [{ text: 'X' }] } },
              { text: 'b' },
            ],
          },
        ],
      },
    ],
    [
      'a result with its image and its error status, without an empty text',
      {
        messages: [
          say('user', 'a'),
          say('assistant', call('x')),
          say('tool', { ...result('x', text(' '), media('image', 'image/jpeg', PNG)), isError: true } as Part),
        ],
      },
      OPUS,
      {
        messages: [
          {},
          {},
          {
            content: [
              {
                toolResult: {
                  toolUseId: 'x',
                  content: [{ image: { format: 'png', source: { bytes: PNG } } }],
                  status: 'error',
                },
              },
            ],
          },
        ],
      },
    ],
    [
      'cache points after their blocks: next to results, never inside (cache_control was put into toolResult)',
      {
        messages: [
          say('user', { type: 'text', text: 'a', cache: { ttl: '1h' } }),
          say('assistant', { ...call('x'), cache: {} } as Part),
          say('tool', result('x', { type: 'text', text: 'r', cache: {} })),
        ],
      },
      OPUS,
      {
        messages: [
          { role: 'user', content: [{ text: 'a' }, { cachePoint: { type: 'default', ttl: '1h' } }] },
          { role: 'assistant', content: [{ toolUse: { toolUseId: 'x', name: 'f', input: {} } }, point] },
          { role: 'user', content: [{ toolResult: { toolUseId: 'x', content: [{ text: 'r' }] } }, point] },
        ],
      },
    ],
    [
      'a cache mark of the request after the last block',
      { cache: { ttl: '1h' } },
      OPUS,
      { messages: [{ role: 'user', content: [{ text: 'hi' }, { cachePoint: { type: 'default', ttl: '1h' } }] }] },
    ],
    [
      'only one cache point if the last block has its own',
      { cache: {}, messages: [say('user', { type: 'text', text: 'a', cache: {} })] },
      OPUS,
      { messages: [{ role: 'user', content: [{ text: 'a' }, point] }] },
    ],
    [
      'ids that Claude accepts, the same in call and result',
      { messages: [say('user', 'a'), say('assistant', call('functions.f:0')), say('tool', result('functions.f:0'))] },
      OPUS,
      {
        messages: [
          {},
          { content: [{ toolUse: { toolUseId: 'VrkaGjgpb5KsSBlvgM6tp2EB' } }] },
          { content: [{ toolResult: { toolUseId: 'VrkaGjgpb5KsSBlvgM6tp2EB' } }] },
        ],
      },
    ],
    [
      'ids that Bedrock gave itself, as they were',
      { messages: [say('user', 'a'), say('assistant', call('functions.f:0')), say('tool', result('functions.f:0'))] },
      NOVA,
      {
        messages: [
          {},
          { content: [{ toolUse: { toolUseId: 'functions.f:0' } }] },
          { content: [{ toolResult: { toolUseId: 'functions.f:0' } }] },
        ],
      },
    ],
    [
      'ids of nine characters for Mistral (longer ones were rejected)',
      { messages: [say('user', 'a'), say('assistant', call('call_1')), say('tool', result('call_1'))] },
      MISTRAL,
      {
        messages: [
          {},
          { content: [{ toolUse: { toolUseId: expect.stringMatching(/^[a-zA-Z0-9]{9}$/) } }] },
          { content: [{ toolResult: { toolUseId: expect.stringMatching(/^[a-zA-Z0-9]{9}$/) } }] },
        ],
      },
    ],
    [
      'documents with unique names that Bedrock accepts',
      {
        messages: [
          say(
            'user',
            'read',
            file('Q3_report: final (v2).pdf', 'application/pdf'),
            file('Q3 report final (v2) pdf', undefined),
            file(undefined, 'text/x-python', 'AAAA'),
            file(undefined, 'text/csv', 'AAAA'),
            { type: 'media', kind: 'file', source: { type: 'text', text: 'hi' } },
          ),
        ],
      },
      NOVA,
      {
        messages: [
          {
            content: [
              { text: 'read' },
              { document: { format: 'pdf', name: 'Q3 report final (v2) pdf', source: { bytes: PDF } } },
              { document: { format: 'pdf', name: 'Q3 report final (v2) pdf (2)', source: { bytes: PDF } } },
              { document: { format: 'txt', name: 'Document 1', source: { bytes: 'AAAA' } } },
              { document: { format: 'csv', name: 'Document 2', source: { bytes: 'AAAA' } } },
              { document: { format: 'txt', name: 'Document 3', source: { bytes: 'aGk=' } } },
            ],
          },
        ],
      },
    ],
    [
      'video, audio and objects in S3',
      {
        messages: [
          say(
            'user',
            media('audio', 'audio/wav'),
            media('video', 'video/quicktime'),
            { type: 'media', kind: 'video', source: { type: 'url', url: 's3://b/a.MP4' } },
            { type: 'media', kind: 'image', source: { type: 'url', url: 's3://b/a.jpg' } },
          ),
        ],
      },
      NOVA,
      {
        messages: [
          {
            content: [
              { audio: { format: 'wav', source: { bytes: 'AAAA' } } },
              { video: { format: 'mov', source: { bytes: 'AAAA' } } },
              { video: { format: 'mp4', source: { s3Location: { uri: 's3://b/a.MP4' } } } },
              { image: { format: 'jpeg', source: { s3Location: { uri: 's3://b/a.jpg' } } } },
            ],
          },
        ],
      },
    ],
    [
      'a prefill without trailing white space, at a model that supports one',
      { messages: [say('user', 'a'), say('assistant', 'b ')] },
      MANUAL,
      { messages: [{}, { role: 'assistant', content: [{ text: 'b' }] }] },
    ],
    [
      'integers beyond the precision of a number',
      { messages: [say('user', 'a'), say('assistant', call('x', '{"n":1}')), say('tool', result('x'))] },
      NOVA,
      { messages: [{}, { content: [{ toolUse: { input: { n: 1 } } }] }, {}] },
    ],
    [
      'JSON mode as an instruction',
      { output: { type: 'json' } },
      NOVA,
      { system: [{ text: 'Answer with one JSON object and nothing else.' }] },
    ],
  ])('%s', (_title, fields, model, expected) => expect(encode(fields, model).body).toMatchObject(expected))

  test('large integers stay exact', () => {
    const messages = [
      say('user', 'a'),
      say('assistant', call('x', '{"n":12345678901234567890}')),
      say('tool', result('x')),
    ]
    const target = { model: NOVA, baseModel: NOVA, capabilities: new Set<never>() }
    const request = { format: 'openai-chat', model: 'm', messages, tools: [], sampling: {}, stop: [] } as const
    const body = encodeRequest({ ...request, stream: false, wantsUsage: false }, target, new Losses())
    expect(JSON.stringify(body)).toContain('"input":{"n":12345678901234567890}')
  })

  test("a schema that was read from another format's own notation", () => {
    const schema = withOriginal({ type: 'string' }, { type: 'STRING' })
    expect(encode({ output: { type: 'json-schema', schema } }, OPUS).body['outputConfig']).toEqual({
      textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{"type":"string"}' } } },
    })
  })

  test('the same request always gives the same bytes', () =>
    expect(JSON.stringify(encode({ messages: history }, MISTRAL))).toBe(
      JSON.stringify(encode({ messages: history }, MISTRAL)),
    ))
})

describe('the error status of a result is reported as a loss if the model does not support it', () => {
  const messages = [
    say('user', 'a'),
    say('assistant', call('x')),
    say('tool', { ...result('x'), isError: true } as Part),
  ]
  test.each([
    [NOVA, 0],
    [LLAMA, 1],
  ])('%s', (model, losses) => expect(encode({ messages }, model).losses).toHaveLength(losses))
})

describe('rejected, with the field in the message', () => {
  test.each<[string, Partial<ChatRequest>, string, string]>([
    ['several choices', { sampling: { choices: 2 } }, NOVA, 'n: Bedrock generates one choice per request'],
    [
      'a schema for a Claude model without support',
      { output: { type: 'json-schema', schema: {} } },
      'anthropic.claude-3-opus',
      'response_format: this model does not support JSON schemas',
    ],
    [
      'a remote image',
      { messages: [say('user', { type: 'media', kind: 'image', source: { type: 'url', url: 'https://a/b.png' } })] },
      NOVA,
      'messages[0].content[0]: Bedrock fetches media only from S3; send the data as base64',
    ],
    [
      'an uploaded file',
      { messages: [say('user', { type: 'media', kind: 'file', source: { type: 'id', id: 'f' } })] },
      NOVA,
      'messages[0].content[0]: Bedrock cannot read a file that was uploaded to another provider; send its data as base64',
    ],
    [
      'an image of another format',
      { messages: [say('user', media('image', 'image/tiff'))] },
      NOVA,
      'messages[0].content[0]: Bedrock accepts the image formats png, jpeg, gif, webp, not image/tiff',
    ],
    [
      'a file of an unknown type',
      { messages: [say('user', file('a', undefined, 'AAAA'))] },
      NOVA,
      'messages[0].content[0]: Bedrock accepts the document formats pdf, csv, doc, docx, xls, xlsx, html, txt, md, not an unknown type',
    ],
    [
      'arguments that are not an object',
      { messages: [say('user', 'a'), say('assistant', call('x', '[1]')), say('tool', result('x'))] },
      NOVA,
      'messages[1].content[0]: the arguments of "f" must be a JSON object in a string.',
    ],
    [
      'a call without a result',
      { messages: [say('user', 'a'), say('assistant', call('x')), say('user', 'b')] },
      NOVA,
      'messages lacks the result of the tool call "x".',
    ],
    [
      'reasoning in a user message (it was put into a user turn)',
      { messages: [say('user', { type: 'reasoning', text: 't' })] },
      NOVA,
      'messages[0].content[0]: Bedrock does not accept reasoning parts in user messages',
    ],
    [
      'an image in an assistant message',
      { messages: [say('user', 'a'), say('assistant', media('image', 'image/png')), say('user', 'b')] },
      NOVA,
      'messages[1].content[0]: Bedrock does not accept media parts in assistant messages',
    ],
    [
      'a conversation that does not begin with the user',
      { messages: [say('assistant', 'a'), say('user', 'b')] },
      NOVA,
      'messages must begin with a user message.',
    ],
    [
      'a prefill at a model that does not support one',
      { messages: [say('user', 'a'), say('assistant', 'b')] },
      NOVA,
      'messages[1].content[0]: this model cannot continue an assistant message; the last message must be from the user',
    ],
    [
      "another's hosted tool",
      { tools: [{ type: 'native', format: 'anthropic', kind: 'web_search_20250305', value: {} }] },
      NOVA,
      'tools[0]: Bedrock has no equivalent of the tool web_search_20250305',
    ],
    [
      "another's block",
      { messages: [say('user', { type: 'native', format: 'anthropic', kind: 'search_result', value: {} })] },
      NOVA,
      'messages[0].content[0]: the Converse format has no equivalent of search_result',
    ],
    [
      "another format's tool choice",
      { tools: [tool], toolChoice: { type: 'native', format: 'openai-chat', value: {} } },
      NOVA,
      'tool_choice: Bedrock has no equivalent of this tool choice',
    ],
    [
      'a tool with a long name',
      { tools: [{ ...tool, name: 'x'.repeat(65) }] },
      NOVA,
      `tools[0]: Bedrock requires tool names of 1 to 64 letters, digits, _ and -, not "${'x'.repeat(65)}"`,
    ],
    [
      'tool choice none in a conversation with calls, at a model that does not support it',
      { messages: history, tools: [tool], toolChoice: { type: 'none' } },
      NOVA,
      'tool_choice: this model does not support "none" in a conversation with tool calls',
    ],
  ])('%s', (_title, fields, model, message) => {
    try {
      encode(fields, model)
      throw new Error('was written')
    } catch (thrown) {
      expect(asGatewayError(thrown)).toMatchObject({ status: 400, message: message.replace(/\.?$/, '.') })
    }
  })
})
