import { describe, expect, test } from 'bun:test'
import type { ChatRequest } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import type { Target } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'

const FACTS = { model: 'anthropic.claude-x', stream: true }
const TARGET: Target = { model: 'm', baseModel: 'm', capabilities: new Set() }
const say = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] })
const decode = (fields: object) => decodeRequest({ ...say({ text: 'hi' }), ...fields }, FACTS)

function again(body: unknown): unknown {
  const losses = new Losses()
  const written = encodeRequest(decodeRequest(body, FACTS), TARGET, losses)
  expect(losses.list).toEqual([])
  return JSON.parse(JSON.stringify(written)) as unknown
}

describe('a field of a request is decoded, and encoded unchanged', () => {
  test.each<[string, object, Partial<ChatRequest>]>([
    ['the path determines model and stream', {}, { model: 'anthropic.claude-x', stream: true, wantsUsage: true }],
    [
      'limits',
      { inferenceConfig: { maxTokens: 5, temperature: 0, topP: 0.9, stopSequences: ['a'] } },
      { maxOutput: 5, sampling: { temperature: 0, topP: 0.9 }, stop: ['a'] },
    ],
    ['an unknown parameter', { inferenceConfig: { topQ: 1 } }, { extra: { inferenceConfig: { topQ: 1 } } }],
    [
      "Claude's own fields",
      { additionalModelRequestFields: { top_k: 5, thinking: { type: 'enabled', budget_tokens: 2000 }, other: 1 } },
      {
        sampling: { topK: 5 },
        reasoning: { mode: 'on', budgetTokens: 2000 },
        extra: { additionalModelRequestFields: { other: 1 } },
      },
    ],
    [
      'thinking of an unknown type',
      { additionalModelRequestFields: { thinking: { type: 'enabled', deep: true } } },
      { extra: { additionalModelRequestFields: { thinking: { type: 'enabled', deep: true } } } },
    ],
    [
      'thinking without output',
      { additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'omitted' } } },
      { reasoning: { mode: 'adaptive', summary: 'none' } },
    ],
    ['effort', { outputConfig: { effort: 'max' } }, { reasoning: { effort: 'max' } }],
    [
      'a schema, with its exact text',
      {
        outputConfig: {
          textFormat: {
            type: 'json_schema',
            structure: { jsonSchema: { schema: '{ "type": "object" }', name: 'n', description: 'd' } },
          },
        },
      },
      { output: { type: 'json-schema', schema: { type: 'object' }, name: 'n', description: 'd' } },
    ],
    [
      'an output format of an unknown type',
      { outputConfig: { textFormat: { type: 'grammar', text: 'x' } } },
      { extra: { outputConfig: { textFormat: { type: 'grammar', text: 'x' } } } },
    ],
    ['metadata', { requestMetadata: { a: 'b' } }, { metadata: { a: 'b' } }],
    ['a tier', { serviceTier: { type: 'reserved' } }, { tier: 'reserved' }],
    [
      'a guardrail, and unknown fields',
      { guardrailConfig: { guardrailIdentifier: 'g' }, hologram: 1 },
      { extra: { guardrailConfig: { guardrailIdentifier: 'g' }, hologram: 1 } },
    ],
    [
      'tools with a cache mark, and one of Bedrock’s own',
      {
        toolConfig: {
          tools: [
            { toolSpec: { name: 'f', description: 'd', inputSchema: { json: { type: 'object' } }, strict: true } },
            { cachePoint: { type: 'default', ttl: '1h' } },
            { systemTool: { name: 'nova_grounding' } },
          ],
          toolChoice: { tool: { name: 'f' } },
        },
      },
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            description: 'd',
            parameters: { type: 'object' },
            strict: true,
            cache: { ttl: '1h' },
          },
          {
            type: 'native',
            format: 'bedrock-converse',
            kind: 'systemTool',
            value: { systemTool: { name: 'nova_grounding' } },
          },
        ],
        toolChoice: { type: 'tool', name: 'f' },
      },
    ],
    [
      "one call at a time, in Claude's field",
      { additionalModelRequestFields: { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } } },
      { toolChoice: { type: 'tool', name: 'f' }, parallelTools: false },
    ],
    [
      "no call, in Claude's field",
      { additionalModelRequestFields: { tool_choice: { type: 'none' } } },
      { toolChoice: { type: 'none' } },
    ],
    [
      'a choice that Converse has too, and an unknown one',
      { additionalModelRequestFields: { tool_choice: { type: 'any' }, more: { type: 'none', x: 1 } } },
      { extra: { additionalModelRequestFields: { tool_choice: { type: 'any' }, more: { type: 'none', x: 1 } } } },
    ],
    ['a required tool call', { toolConfig: { toolChoice: { any: {} } } }, { toolChoice: { type: 'required' } }],
    ['an automatic tool choice', { toolConfig: { toolChoice: { auto: {} } } }, { toolChoice: { type: 'auto' } }],
    [
      'a tool choice of an unknown type',
      { toolConfig: { toolChoice: { some: {} } } },
      { toolChoice: { type: 'native', format: 'bedrock-converse', value: { some: {} } } },
    ],
    [
      'a system prompt with a cache mark',
      { system: [{ text: 's' }, { cachePoint: { type: 'default' } }, { guardContent: { text: { text: 'g' } } }] },
      {
        messages: [
          {
            role: 'system',
            parts: [
              { type: 'text', text: 's', cache: {} },
              {
                type: 'native',
                format: 'bedrock-converse',
                kind: 'guardContent',
                value: { guardContent: { text: { text: 'g' } } },
              },
            ],
          },
          { role: 'user', parts: [{ type: 'text', text: 'hi' }] },
        ],
      },
    ],
  ])('%s', (_title, fields, expected) => {
    const body = { ...say({ text: 'hi' }), ...fields }
    expect(decode(fields)).toMatchObject(expected)
    expect(again(body)).toEqual(body)
  })
})

const png = { format: 'png', source: { bytes: 'iVBORw0KGgo=' } }
const native = (kind: string, value: object) => ({ type: 'native', format: 'bedrock-converse', kind, value })

describe('a block is decoded, and encoded unchanged', () => {
  test.each<[string, object[], unknown[]]>([
    [
      'an image',
      [{ image: png }],
      [{ type: 'media', kind: 'image', source: { type: 'base64', data: 'iVBORw0KGgo=' }, mediaType: 'image/png' }],
    ],
    [
      'a document in S3 with an unknown format',
      [{ document: { format: 'log', name: 'a', source: { s3Location: { uri: 's3://a/b' } } } }],
      [{ type: 'media', kind: 'file', source: { type: 'url', url: 's3://a/b' }, name: 'a', extra: { format: 'log' } }],
    ],
    [
      'a video with a bucket owner',
      [{ video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b', bucketOwner: '1' } } } }],
      [native('video', { video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b', bucketOwner: '1' } } } })],
    ],
    [
      'a document with citations enabled',
      [{ document: { format: 'txt', name: 'a', source: { text: 'x' }, context: 'c', citations: { enabled: true } } }],
      [
        {
          type: 'media',
          kind: 'file',
          source: { type: 'text', text: 'x' },
          mediaType: 'text/plain',
          name: 'a',
          extra: { context: 'c', citations: { enabled: true } },
        },
      ],
    ],
    [
      'a document of blocks',
      [{ document: { name: 'a', source: { content: [{ text: 'x' }] } } }],
      [native('document', { document: { name: 'a', source: { content: [{ text: 'x' }] } } })],
    ],
    [
      'audio',
      [{ audio: { format: 'mp3', source: { bytes: 'AAAA' } } }],
      [{ type: 'media', kind: 'audio', source: { type: 'base64', data: 'AAAA' }, mediaType: 'audio/mpeg' }],
    ],
    [
      'a call',
      [{ toolUse: { toolUseId: 'a', name: 'f', input: { b: 1, a: 2 } } }],
      [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{"b":1,"a":2}' }],
    ],
    [
      "a hosted tool's call",
      [{ toolUse: { toolUseId: 'a', name: 'f', input: {}, type: 'server_tool_use' } }],
      [native('toolUse', { toolUse: { toolUseId: 'a', name: 'f', input: {}, type: 'server_tool_use' } })],
    ],
    [
      'a failed result, followed by a cache mark',
      [
        { toolResult: { toolUseId: 'a', content: [{ text: 'no' }, { image: png }], status: 'error' } },
        { cachePoint: { type: 'default' } },
      ],
      [
        {
          type: 'tool-result',
          callId: 'a',
          content: [
            { type: 'text', text: 'no' },
            { type: 'media', kind: 'image', source: { type: 'base64', data: 'iVBORw0KGgo=' }, mediaType: 'image/png' },
          ],
          isError: true,
          cache: {},
        },
      ],
    ],
    [
      'a JSON result, which becomes its text',
      [{ toolResult: { toolUseId: 'a', content: [{ json: { b: 1 } }] } }],
      [{ type: 'tool-result', callId: 'a', content: [{ type: 'text', text: '{"b":1}' }] }],
    ],
    [
      'signed reasoning, unsigned reasoning, hidden reasoning',
      [
        { reasoningContent: { reasoningText: { text: 't', signature: 's' } } },
        { reasoningContent: { reasoningText: { text: 'u' } } },
        { reasoningContent: { redactedContent: 'aGk=' } },
        { reasoningContent: {} },
      ],
      [
        { type: 'reasoning', text: 't', seal: { origin: 'bedrock-converse', signature: 's' } },
        { type: 'reasoning', text: 'u' },
        { type: 'reasoning', text: '', seal: { origin: 'bedrock-converse', data: 'aGk=' } },
        native('reasoningContent', { reasoningContent: {} }),
      ],
    ],
    [
      'a cited text',
      [
        {
          citationsContent: {
            content: [{ text: 'x' }],
            citations: [{ title: 't', sourceContent: [{ text: 'q' }], location: { web: { url: 'https://a' } } }],
          },
        },
      ],
      [
        {
          type: 'text',
          text: 'x',
          citations: [
            {
              url: 'https://a',
              title: 't',
              quote: 'q',
              native: {
                format: 'bedrock-converse',
                value: { title: 't', sourceContent: [{ text: 'q' }], location: { web: { url: 'https://a' } } },
              },
            },
          ],
        },
      ],
    ],
    [
      'cache marks in every position',
      [
        { cachePoint: { type: 'default' } },
        { text: 'a' },
        { cachePoint: { type: 'default', ttl: '5m' } },
        { cachePoint: { type: 'default' } },
        { text: 'b' },
        { cachePoint: { type: 'eternal' } },
      ],
      [
        native('cachePoint', { cachePoint: { type: 'default' } }),
        { type: 'text', text: 'a', cache: { ttl: '5m' } },
        native('cachePoint', { cachePoint: { type: 'default' } }),
        { type: 'text', text: 'b' },
        native('cachePoint', { cachePoint: { type: 'eternal' } }),
      ],
    ],
    [
      'blocks of unknown types, one with the name of an Object method',
      [{ hologram: { x: null } }, { constructor: { y: 1 } }],
      [native('hologram', { hologram: { x: null } }), native('constructor', { constructor: { y: 1 } })],
    ],
  ])('%s', (_title, blocks, parts) => {
    expect(decodeRequest(say(...blocks), FACTS).messages[0]!.parts).toEqual(parts as never)
    expect(again(say(...blocks))).toEqual(say(...blocks))
  })
})

describe('rejected, with the field in the message', () => {
  test.each<[string, unknown, string]>([
    ['a body that is not an object', [], 'The request body must be an object, not a list.'],
    ['no messages', {}, 'messages is missing.'],
    ['messages that are not a list', { messages: {} }, 'messages must be a list, not an object.'],
    [
      'an unknown role',
      { messages: [{ role: 'system', content: [] }] },
      'messages[0].role is "system"; allowed: user, assistant.',
    ],
    ['no role', { messages: [{ content: [] }] }, 'messages[0].role is missing.'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages[0].content is missing.'],
    [
      'content that is a string',
      { messages: [{ role: 'user', content: 'hi' }] },
      'messages[0].content must be a list, not a string.',
    ],
    ['a text that is not a string', say({ text: 5 }), 'messages[0].content[0].text must be a string, not a number.'],
    ['an image without a source', say({ image: {} }), 'messages[0].content[0].image.source is missing.'],
    ['a call without a name', say({ toolUse: { toolUseId: 'a' } }), 'messages[0].content[0].toolUse.name is missing.'],
    [
      'a result without a call id',
      say({ toolResult: { content: [] } }),
      'messages[0].content[0].toolResult.toolUseId is missing.',
    ],
    [
      'a result with an unknown status',
      say({ toolResult: { toolUseId: 'a', status: 'maybe' } }),
      'messages[0].content[0].toolResult.status is "maybe"; allowed: success, error.',
    ],
    [
      'a call inside a result',
      say({ toolResult: { toolUseId: 'a', content: [{ toolUse: { toolUseId: 'b', name: 'f' } }] } }),
      'messages[0].content[0].toolResult.content[0] is a tool-call, which a tool result cannot contain.',
    ],
    [
      'maxTokens that is a string',
      { ...say(), inferenceConfig: { maxTokens: '5' } },
      'inferenceConfig.maxTokens must be a number, not a string.',
    ],
    [
      'a sequence that is a number',
      { ...say(), inferenceConfig: { stopSequences: [1] } },
      'inferenceConfig.stopSequences[0] must be a string.',
    ],
    [
      'a tool without a name',
      { ...say(), toolConfig: { tools: [{ toolSpec: {} }] } },
      'toolConfig.tools[0].toolSpec.name is missing.',
    ],
    [
      'a schema that is not valid JSON',
      {
        ...say(),
        outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } },
      },
      'outputConfig.textFormat.structure.jsonSchema.schema must be a JSON object in a string.',
    ],
    [
      'an unknown effort',
      { ...say(), outputConfig: { effort: 'huge' } },
      'outputConfig.effort is "huge"; allowed: low, medium, high, xhigh, max.',
    ],
  ])('%s', (_title, body, message) => {
    try {
      decodeRequest(body, FACTS)
      throw new Error('was read')
    } catch (thrown) {
      expect(asGatewayError(thrown)).toMatchObject({ code: 'invalid_request', message })
    }
  })
})
