import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatRequest } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { runs } from '../../../../test/runs.ts'

const facts = { model: 'gemini-2.5-flash', stream: undefined }
const target = { model: 'm', baseModel: 'gemini-2.0-flash', capabilities: new Set<never>() }
const hi = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }
const decode = (body: unknown): ChatRequest => decodeRequest(body, facts)
const roundTrip = (body: unknown) => encodeRequest(decode(body), target, new Losses())

describe('a request is decoded', () => {
  test.each<[string, object, object]>([
    [
      'text',
      {},
      {
        messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
        stream: false,
        wantsUsage: true,
        model: 'gemini-2.5-flash',
      },
    ],
    [
      'a single object as a list of one',
      { contents: { parts: { text: 'Hi' } }, tools: { functionDeclarations: { name: 'f' } } },
      { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }], tools: [{ type: 'function', name: 'f' }] },
    ],
    [
      'instructions',
      { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
      { messages: [{ role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] }, { role: 'user' }] },
    ],
    [
      'a system instruction in snake case',
      { system_instruction: { parts: [{ text: 'Be brief.' }] } },
      { messages: [{ role: 'system' }, { role: 'user' }] },
    ],
    [
      'sampling',
      {
        generationConfig: {
          temperature: 0.5,
          topP: 0.9,
          topK: 40,
          seed: 7,
          candidateCount: 2,
          maxOutputTokens: 9,
          stopSequences: ['x'],
          responseLogprobs: true,
          logprobs: 3,
        },
      },
      {
        sampling: { temperature: 0.5, topP: 0.9, topK: 40, seed: 7, choices: 2, logprobs: true, topLogprobs: 3 },
        maxOutput: 9,
        stop: ['x'],
      },
    ],
    [
      'sampling in snake case',
      { generation_config: { top_p: 0.9, max_output_tokens: 9, stop_sequences: ['x'] } },
      { sampling: { topP: 0.9 }, maxOutput: 9, stop: ['x'] },
    ],
    [
      'a thinking level',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } } },
      { reasoning: { effort: 'low', summary: 'auto' } },
    ],
    [
      'a thinking budget',
      { generationConfig: { thinking_config: { thinking_budget: 1024 } } },
      { reasoning: { mode: 'on', budgetTokens: 1024 } },
    ],
    [
      'enums as numbers, numbers as text',
      {
        generationConfig: {
          thinkingConfig: { thinkingLevel: 1 },
          maxOutputTokens: '9',
          topP: '0.5',
        },
      },
      { reasoning: { effort: 'low' }, maxOutput: 9, sampling: { topP: 0.5 } },
    ],
    [
      'text that is no number',
      { generationConfig: { thinkingConfig: { thinkingLevel: {} } } },
      { extra: { 'generationConfig.thinkingConfig.thinkingLevel': {} } },
    ],
    [
      'dynamic thinking',
      { generationConfig: { thinkingConfig: { thinkingBudget: -1 } } },
      { reasoning: { mode: 'adaptive' } },
    ],
    [
      'no thinking',
      { generationConfig: { thinkingConfig: { thinkingBudget: 0, includeThoughts: false } } },
      { reasoning: { mode: 'off', summary: 'none' } },
    ],
    ['JSON', { generationConfig: { responseMimeType: 'application/json' } }, { output: { type: 'json' } }],
    [
      'JSON by a schema in the OpenAPI subset',
      {
        generationConfig: {
          response_mime_type: 'application/json',
          response_schema: { type: 'STRING', nullable: true },
        },
      },
      { output: { type: 'json-schema', schema: { type: ['string', 'null'] } } },
    ],
    [
      'JSON by a JSON Schema',
      { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: { type: 'string' } } },
      { output: { type: 'json-schema', schema: { type: 'string' } } },
    ],
    [
      'JSON in the newer form',
      {
        generationConfig: { responseFormat: [{ text: { mimeType: 'application/json', schema: { type: 'string' } } }] },
      },
      { output: { type: 'json-schema', schema: { type: 'string' } } },
    ],
    [
      'a tool with a schema in the OpenAPI subset',
      {
        tools: [
          {
            functionDeclarations: [
              { name: 'f', description: 'd', parameters: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } } } },
            ],
          },
        ],
      },
      {
        tools: [
          {
            type: 'function',
            name: 'f',
            description: 'd',
            parameters: { type: 'object', properties: { a: { type: 'integer' } } },
          },
        ],
      },
    ],
    [
      'a tool with a JSON Schema',
      { tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] }] },
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }] },
    ],
    [
      "Google's own tools",
      { tools: [{ googleSearch: {}, urlContext: {} }] },
      {
        tools: [
          { type: 'native', kind: 'googleSearch', value: { googleSearch: {} } },
          { type: 'native', kind: 'urlContext' },
        ],
      },
    ],
    [
      'a required tool call',
      { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
      { toolChoice: { type: 'required' } },
    ],
    [
      'a required tool call, by number',
      { tool_config: { function_calling_config: { mode: 2 } } },
      { toolChoice: { type: 'required' } },
    ],
    [
      'a required call of one tool',
      { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } },
      { toolChoice: { type: 'tool', name: 'f' } },
    ],
    [
      'an optional call of some tools',
      { toolConfig: { functionCallingConfig: { mode: 'VALIDATED', allowed_function_names: ['f', 'g'] } } },
      { toolChoice: { type: 'subset', names: ['f', 'g'], mustCall: false } },
    ],
    ['no tool call', { toolConfig: { functionCallingConfig: { mode: 'NONE' } } }, { toolChoice: { type: 'none' } }],
    ['a tier', { serviceTier: 'standard' }, { tier: 'default' }],
    [
      'fields without a canonical name, by their path',
      {
        safetySettings: [1],
        cachedContent: 'c',
        labels: { a: 'b' },
        generationConfig: { mediaResolution: 'X' },
        toolConfig: { retrievalConfig: {} },
      },
      {
        extra: {
          safetySettings: [1],
          cachedContent: 'c',
          labels: { a: 'b' },
          'generationConfig.mediaResolution': 'X',
          'toolConfig.retrievalConfig': {},
        },
      },
    ],
  ])('%s', (_title, body, request) => {
    expect(decode({ ...hi, ...body })).toMatchObject(request)
    expect(decode({ ...hi, ...body }).format).toBe('gemini')
  })
})

describe('a part is decoded', () => {
  test.each<[string, object, object]>([
    [
      'an image',
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
    ],
    [
      'data in URL-safe base64',
      { inline_data: { mime_type: 'audio/wav', data: '_-8=' } },
      { type: 'media', kind: 'audio', source: { type: 'base64', data: '/+8=' } },
    ],
    [
      'a video by URL',
      { fileData: { fileUri: 'https://youtu.be/x', mimeType: 'video/mp4' } },
      { type: 'media', kind: 'video', source: { type: 'url', url: 'https://youtu.be/x' } },
    ],
    [
      'a file in a bucket',
      { file_data: { file_uri: 'gs://b/x.pdf', mime_type: 'application/pdf' } },
      { type: 'media', kind: 'file', source: { type: 'id', id: 'gs://b/x.pdf' } },
    ],
    ['a thought part', { text: 'Hm.', thought: true }, { type: 'reasoning', text: 'Hm.' }],
    [
      'a signed text',
      { text: '', thought_signature: 'sig' },
      { type: 'text', text: '', seal: { origin: 'gemini', signature: 'sig' } },
    ],
    [
      "another's signature, wrapped",
      { text: '', thoughtSignature: Buffer.from('sluice.1.anthropic.s.abc').toString('base64url') },
      { seal: { origin: 'anthropic', signature: 'abc' } },
    ],
    [
      'code',
      { executableCode: { language: 'PYTHON', code: '1' } },
      { type: 'native', format: 'gemini', kind: 'executableCode' },
    ],
    [
      'a clip of a video',
      { fileData: { fileUri: 'https://x' }, videoMetadata: { fps: 1 } },
      { type: 'media', extra: { videoMetadata: { fps: 1 } } },
    ],
  ])('%s', (_title, part, decoded) => {
    expect(decode({ contents: [{ role: 'user', parts: [part] }] }).messages[0]!.parts[0]).toMatchObject(decoded)
  })
})

describe('calls without ids', () => {
  const call = (name: string, id?: string) => ({ functionCall: { name, args: {}, ...(id && { id }) } })
  const answer = (name: string, id?: string) => ({
    functionResponse: { name, response: { output: 'ok' }, ...(id && { id }) },
  })
  const idsOf = (contents: object[]) =>
    decode({ contents }).messages.flatMap(({ parts }) =>
      parts.map((part) =>
        part.type === 'tool-call' ? part.id : part.type === 'tool-result' ? `-> ${part.callId}` : '',
      ),
    )

  test.each<[string, object[], string[]]>([
    ['are counted', [{ role: 'model', parts: [call('f'), call('g')] }], ['call_1', 'call_2']],
    [
      'are matched with results by name',
      [
        { role: 'model', parts: [call('f'), call('g')] },
        { role: 'user', parts: [answer('g'), answer('f')] },
      ],
      ['call_1', 'call_2', '-> call_2', '-> call_1'],
    ],
    [
      'of one name are matched with results in order',
      [
        { role: 'model', parts: [call('f'), call('f')] },
        { role: 'function', parts: [answer('f'), answer('f')] },
      ],
      ['call_1', 'call_2', '-> call_1', '-> call_2'],
    ],
    [
      'are new calls at the next step',
      [
        { role: 'model', parts: [call('f')] },
        { role: 'user', parts: [answer('f')] },
        { role: 'model', parts: [call('f')] },
        { role: 'user', parts: [answer('f')] },
      ],
      ['call_1', '-> call_1', 'call_2', '-> call_2'],
    ],
    [
      'without a result are not matched at a later step',
      [
        { role: 'model', parts: [call('f'), call('g')] },
        { role: 'user', parts: [answer('f')] },
        { role: 'model', parts: [call('g')] },
        { role: 'user', parts: [answer('g')] },
      ],
      ['call_1', 'call_2', '-> call_1', 'call_3', '-> call_3'],
    ],
    [
      'can be mixed with calls with ids',
      [
        { role: 'model', parts: [call('f', 'abc'), call('f')] },
        { role: 'user', parts: [answer('f', 'abc'), answer('f')] },
      ],
      ['abc', 'call_2', '-> abc', '-> call_2'],
    ],
    [
      'do not get an id that is in use',
      [{ role: 'model', parts: [call('f'), call('g', 'call_1')] }],
      ['call_x_1', 'call_1'],
    ],
  ])('%s', (_title, contents, ids) => expect(idsOf(contents)).toEqual(ids))

  test('get the same ids at every turn', () => {
    const history = [
      { role: 'model', parts: [call('f'), call('g')] },
      { role: 'user', parts: [answer('f'), answer('g')] },
    ]
    expect(idsOf([...history, { role: 'model', parts: [call('f')] }]).slice(0, 4)).toEqual(idsOf(history))
  })
})

describe('the error for an invalid request names the field', () => {
  const withPart = (part: unknown) => ({ contents: [{ role: 'user', parts: [part] }] })
  test.each<[string, unknown, string | undefined, string]>([
    ['a body that is not an object', [], undefined, 'must be an object'],
    ['no contents', {}, 'contents', 'is missing'],
    ['contents that are not a list', { contents: 'Hi' }, 'contents', 'must be a list'],
    ['a content that is not an object', { contents: ['Hi'] }, 'contents[0]', 'must be an object'],
    [
      'a role of another format',
      { contents: [{ role: 'assistant', parts: [] }] },
      'contents[0].role',
      'allowed: user, model',
    ],
    ['parts that are not a list', { contents: [{ parts: 'Hi' }] }, 'contents[0].parts', 'must be a list'],
    ['text that is not a string', withPart({ text: 1 }), 'contents[0].parts[0].text', 'must be a string'],
    ['a call without a name', withPart({ functionCall: {} }), 'contents[0].parts[0].functionCall.name', 'is missing'],
    [
      'arguments that are not an object',
      withPart({ functionCall: { name: 'f', args: [] } }),
      'contents[0].parts[0].functionCall.args',
      'must be an object',
    ],
    [
      'a result that is a string',
      {
        contents: [
          { role: 'model', parts: [{ functionCall: { name: 'f' } }] },
          { parts: [{ functionResponse: { name: 'f', response: 'x' } }] },
        ],
      },
      'contents[1].parts[0].functionResponse.response',
      'must be an object',
    ],
    ['a file without a URI', withPart({ fileData: {} }), 'contents[0].parts[0].fileData.fileUri', 'is missing'],
    [
      'a temperature that is a string',
      { ...hi, generationConfig: { temperature: 'hot' } },
      'generationConfig.temperature',
      'must be a number',
    ],
    [
      'an unknown mode',
      { ...hi, toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } },
      'toolConfig.functionCallingConfig.mode',
      'is not one of',
    ],
    [
      'a tool without a name',
      { ...hi, tools: [{ functionDeclarations: [{}] }] },
      'tools[0].functionDeclarations[0].name',
      'is missing',
    ],
    [
      'a schema that is not an object',
      { ...hi, generationConfig: { responseSchema: [] } },
      'generationConfig.responseSchema',
      'must be an object',
    ],
    [
      'a field in both spellings',
      { ...hi, generationConfig: {}, generation_config: {} },
      'generationConfig',
      'in camelCase and in snake_case',
    ],
  ])('%s', (_title, body, param, what) => {
    let thrown: unknown
    try {
      decode(body)
    } catch (error) {
      thrown = error
    }
    const { code, message, details } = asGatewayError(thrown)
    expect({ code, param: details.param }).toEqual({ code: 'invalid_request', param: param as string })
    expect(message).toContain(what)
  })
})

describe('a request is decoded and encoded unchanged', () => {
  test.each<[string, object]>([
    ["Gemini's own mode", { toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } }],
    ['auto with names', { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } }],
    [
      'an enum as the response',
      { generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a'] } } },
    ],
    ['plain text as the response', { generationConfig: { responseMimeType: 'text/plain' } }],
    [
      'images as the response',
      { generationConfig: { responseModalities: ['IMAGE'], responseFormat: [{ image: {} }] } },
    ],
    ['an unknown thinking level', { generationConfig: { thinkingConfig: { thinkingLevel: 'EXTREME' } } }],
    ['an unknown tier', { serviceTier: 'unspecified' }],
    [
      'the newer form of a schema',
      {
        generationConfig: { responseFormat: [{ text: { mimeType: 'application/json', schema: { type: 'string' } } }] },
      },
    ],
    [
      "tools of Google's among functions",
      {
        tools: [
          { googleSearch: {} },
          {
            functionDeclarations: [
              { name: 'f', behavior: 'BLOCKING' },
              { name: 'g', parameters: { type: 'OBJECT' }, response: { type: 'STRING' } },
            ],
          },
        ],
      },
    ],
    ['an absent role', { contents: [{ parts: [{ text: 'Hi' }] }] }],
    [
      'empty texts, and consecutive messages of one role',
      {
        contents: [
          { role: 'user', parts: [{ text: '' }] },
          { role: 'user', parts: [{ text: 'Hi', partMetadata: { a: 1 } }] },
        ],
      },
    ],
    [
      'signatures on their parts',
      {
        contents: [
          {
            role: 'model',
            parts: [
              { text: 'Hm.', thought: true, thoughtSignature: 'a' },
              { functionCall: { name: 'f', args: { b: 1, a: 2 } }, thoughtSignature: 'b' },
              { text: '', thoughtSignature: 'c' },
            ],
          },
        ],
      },
    ],
    [
      'an image in a result',
      {
        contents: [
          { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
          {
            role: 'user',
            parts: [
              {
                functionResponse: {
                  name: 'f',
                  response: { image: { $ref: 'a.png' } },
                  parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA', displayName: 'a.png' } }],
                  scheduling: 'SILENT',
                },
              },
            ],
          },
        ],
      },
    ],
  ])('%s', (_title, body) => expect(roundTrip({ ...hi, ...body })).toEqual({ ...hi, ...body }))

  const response = fc.oneof(
    fc.record({ output: fc.oneof(fc.string(), fc.json()) }),
    fc.record({ error: fc.string() }),
    fc.dictionary(fc.constantFrom('output', 'error', '$ref', 'x'), fc.jsonValue(), { maxKeys: 3 }),
  )
  test('every tool result is unchanged', () =>
    fc.assert(
      fc.property(response, (value) => {
        const contents = [
          { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
          {
            role: 'user',
            parts: [{ functionResponse: { name: 'f', response: JSON.parse(JSON.stringify(value)) as unknown } }],
          },
        ]
        expect(roundTrip({ contents })).toEqual({ contents })
      }),
      runs(),
    ))
})
