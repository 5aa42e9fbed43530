import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatRequest } from '../../chat/request.ts'
import { asGatewayError } from '../../errors.ts'
import { Losses } from '../translation/losses.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { runs } from '../../../test/runs.ts'

const facts = { model: 'gemini-2.5-flash', stream: undefined }
const target = { model: 'm', baseModel: 'gemini-2.0-flash', capabilities: new Set<never>() }
const hi = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }
const decode = (body: unknown): ChatRequest => decodeRequest(body, facts)
const roundTrip = (body: unknown) => encodeRequest(decode(body), target, new Losses())

describe('a request in the words of the model here', () => {
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
      'one object for a list of one',
      { contents: { parts: { text: 'Hi' } }, tools: { functionDeclarations: { name: 'f' } } },
      { messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }], tools: [{ type: 'function', name: 'f' }] },
    ],
    [
      'instructions',
      { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
      { messages: [{ role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] }, { role: 'user' }] },
    ],
    [
      'instructions in snake case',
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
      'a level of thought',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } } },
      { reasoning: { effort: 'low', summary: 'auto' } },
    ],
    [
      'a budget of thought',
      { generationConfig: { thinking_config: { thinking_budget: 1024 } } },
      { reasoning: { mode: 'on', budgetTokens: 1024 } },
    ],
    [
      'thought as the model likes',
      { generationConfig: { thinkingConfig: { thinkingBudget: -1 } } },
      { reasoning: { mode: 'adaptive' } },
    ],
    [
      'no thought',
      { generationConfig: { thinkingConfig: { thinkingBudget: 0, includeThoughts: false } } },
      { reasoning: { mode: 'off', summary: 'none' } },
    ],
    ['JSON', { generationConfig: { responseMimeType: 'application/json' } }, { output: { type: 'json' } }],
    [
      'JSON by a schema of the subset',
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
      'a tool by the subset',
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
      'a tool by JSON Schema',
      { tools: [{ function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] }] },
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }] },
    ],
    [
      "tools of Google's",
      { tools: [{ googleSearch: {}, urlContext: {} }] },
      {
        tools: [
          { type: 'native', kind: 'googleSearch', value: { googleSearch: {} } },
          { type: 'native', kind: 'urlContext' },
        ],
      },
    ],
    ['must call', { toolConfig: { functionCallingConfig: { mode: 'ANY' } } }, { toolChoice: { type: 'required' } }],
    [
      'must call, as a number',
      { tool_config: { function_calling_config: { mode: 2 } } },
      { toolChoice: { type: 'required' } },
    ],
    [
      'must call one',
      { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } },
      { toolChoice: { type: 'tool', name: 'f' } },
    ],
    [
      'may call some',
      { toolConfig: { functionCallingConfig: { mode: 'VALIDATED', allowed_function_names: ['f', 'g'] } } },
      { toolChoice: { type: 'subset', names: ['f', 'g'], mustCall: false } },
    ],
    ['calls nothing', { toolConfig: { functionCallingConfig: { mode: 'NONE' } } }, { toolChoice: { type: 'none' } }],
    ['a tier', { serviceTier: 'standard' }, { tier: 'default' }],
    [
      'what has no name here, by its path',
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

describe('a part in the words of the model here', () => {
  test.each<[string, object, object]>([
    [
      'a picture',
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
    ],
    [
      'bytes in the other alphabet',
      { inline_data: { mime_type: 'audio/wav', data: '_-8=' } },
      { type: 'media', kind: 'audio', source: { type: 'base64', data: '/+8=' } },
    ],
    [
      'a film on the web',
      { fileData: { fileUri: 'https://youtu.be/x', mimeType: 'video/mp4' } },
      { type: 'media', kind: 'video', source: { type: 'url', url: 'https://youtu.be/x' } },
    ],
    [
      'a file in a bucket',
      { file_data: { file_uri: 'gs://b/x.pdf', mime_type: 'application/pdf' } },
      { type: 'media', kind: 'file', source: { type: 'id', id: 'gs://b/x.pdf' } },
    ],
    ['a thought', { text: 'Hm.', thought: true }, { type: 'reasoning', text: 'Hm.' }],
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
      'a cut of a film',
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
      'are answered by name',
      [
        { role: 'model', parts: [call('f'), call('g')] },
        { role: 'user', parts: [answer('g'), answer('f')] },
      ],
      ['call_1', 'call_2', '-> call_2', '-> call_1'],
    ],
    [
      'of one name are answered in order',
      [
        { role: 'model', parts: [call('f'), call('f')] },
        { role: 'function', parts: [answer('f'), answer('f')] },
      ],
      ['call_1', 'call_2', '-> call_1', '-> call_2'],
    ],
    [
      'are other calls at the next step',
      [
        { role: 'model', parts: [call('f')] },
        { role: 'user', parts: [answer('f')] },
        { role: 'model', parts: [call('f')] },
        { role: 'user', parts: [answer('f')] },
      ],
      ['call_1', '-> call_1', 'call_2', '-> call_2'],
    ],
    [
      'that nobody answered are not answered later',
      [
        { role: 'model', parts: [call('f'), call('g')] },
        { role: 'user', parts: [answer('f')] },
        { role: 'model', parts: [call('g')] },
        { role: 'user', parts: [answer('g')] },
      ],
      ['call_1', 'call_2', '-> call_1', 'call_3', '-> call_3'],
    ],
    [
      'stand beside calls with ids',
      [
        { role: 'model', parts: [call('f', 'abc'), call('f')] },
        { role: 'user', parts: [answer('f', 'abc'), answer('f')] },
      ],
      ['abc', 'call_2', '-> abc', '-> call_2'],
    ],
    [
      'do not take an id that is there',
      [{ role: 'model', parts: [call('f'), call('g', 'call_1')] }],
      ['call_x_1', 'call_1'],
    ],
  ])('%s', (_title, contents, ids) => expect(idsOf(contents)).toEqual(ids))

  test('are the same at every turn', () => {
    const history = [
      { role: 'model', parts: [call('f'), call('g')] },
      { role: 'user', parts: [answer('f'), answer('g')] },
    ]
    expect(idsOf([...history, { role: 'model', parts: [call('f')] }]).slice(0, 4)).toEqual(idsOf(history))
  })
})

describe('a bad request names what is wrong', () => {
  const withPart = (part: unknown) => ({ contents: [{ role: 'user', parts: [part] }] })
  test.each<[string, unknown, string | undefined, string]>([
    ['no object', [], undefined, 'must be an object'],
    ['no contents', {}, 'contents', 'is missing'],
    ['contents that are no list', { contents: 'Hi' }, 'contents', 'must be a list'],
    ['a content that is no object', { contents: ['Hi'] }, 'contents[0]', 'must be an object'],
    [
      'a role of another language',
      { contents: [{ role: 'assistant', parts: [] }] },
      'contents[0].role',
      'allowed: user, model',
    ],
    ['parts that are no list', { contents: [{ parts: 'Hi' }] }, 'contents[0].parts', 'must be a list'],
    ['text that is none', withPart({ text: 1 }), 'contents[0].parts[0].text', 'must be a string'],
    ['a call without a name', withPart({ functionCall: {} }), 'contents[0].parts[0].functionCall.name', 'is missing'],
    [
      'arguments that are no object',
      withPart({ functionCall: { name: 'f', args: [] } }),
      'contents[0].parts[0].functionCall.args',
      'must be an object',
    ],
    [
      'a result without a call',
      withPart({ functionResponse: { name: 'f', response: {} } }),
      'contents[0].parts[0].functionResponse',
      'answers no open call of "f"',
    ],
    [
      'a result that is text',
      {
        contents: [
          { role: 'model', parts: [{ functionCall: { name: 'f' } }] },
          { parts: [{ functionResponse: { name: 'f', response: 'x' } }] },
        ],
      },
      'contents[1].parts[0].functionResponse.response',
      'must be an object',
    ],
    ['a file without a place', withPart({ fileData: {} }), 'contents[0].parts[0].fileData.fileUri', 'is missing'],
    [
      'a temperature in words',
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
      'a schema that is none',
      { ...hi, generationConfig: { responseSchema: [] } },
      'generationConfig.responseSchema',
      'must be an object',
    ],
    [
      'a field in both spellings',
      { ...hi, generationConfig: {}, generation_config: {} },
      'generationConfig',
      'in both spellings',
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

describe('what a client wrote comes back', () => {
  test.each<[string, object]>([
    ['a mode of its own', { toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } }],
    ['auto with names', { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } }],
    [
      'an enum as the answer',
      { generationConfig: { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a'] } } },
    ],
    ['plain text as the answer', { generationConfig: { responseMimeType: 'text/plain' } }],
    [
      'pictures as the answer',
      { generationConfig: { responseModalities: ['IMAGE'], responseFormat: [{ image: {} }] } },
    ],
    ['a level nobody knows', { generationConfig: { thinkingConfig: { thinkingLevel: 'EXTREME' } } }],
    ['a tier nobody knows', { serviceTier: 'unspecified' }],
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
    ['a role left out', { contents: [{ parts: [{ text: 'Hi' }] }] }],
    [
      'empty texts, and messages side by side',
      {
        contents: [
          { role: 'user', parts: [{ text: '' }] },
          { role: 'user', parts: [{ text: 'Hi', partMetadata: { a: 1 } }] },
        ],
      },
    ],
    [
      'signatures at their places',
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
      'a picture in a result',
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
  test('and so does every result of a tool', () =>
    fc.assert(
      fc.property(response, (given) => {
        const contents = [
          { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
          {
            role: 'user',
            parts: [{ functionResponse: { name: 'f', response: JSON.parse(JSON.stringify(given)) as unknown } }],
          },
        ]
        expect(roundTrip({ contents })).toEqual({ contents })
      }),
      runs(),
    ))
})
