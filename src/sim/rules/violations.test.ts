// A valid request for each set of rules, and one change to it for each violation.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import { RULES, type RulesName, violations } from './violations.ts'

/** The changes reach into bodies of every format. */
type Body = Record<string, ReturnType<typeof JSON.parse>>
type Row = readonly [change: string, make: (body: Body) => void, violation: string]

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const PNG = 'iVBORw0KGgo='

const chatCall = (id: string, name = 'look_up') => ({
  id,
  type: 'function',
  function: { name, arguments: '{"city":"Oslo"}' },
})
const chatBody = (): Body => ({
  model: 'gpt-4.1',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [chatCall('a'), chatCall('b')] },
    { role: 'tool', tool_call_id: 'b', content: 'sun' },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'rain' }] },
    { role: 'assistant', content: 'Rain.' },
    { role: 'user', content: 'And now?' },
  ],
  tools: [{ type: 'function', function: { name: 'look_up', parameters: schema } }],
  tool_choice: { type: 'function', function: { name: 'look_up' } },
})

const chatRows: Row[] = [
  ['a list without messages', (body) => (body.messages = []), 'messages: must be a list that is not empty'],
  ['an unknown role', (body) => (body.messages[0].role = 'robot'), 'messages[0].role: unknown role "robot"'],
  [
    'a call without result',
    (body) => body.messages.splice(3, 1),
    'messages[2].tool_calls[1]: no result stands directly after the tool call "b"',
  ],
  [
    'a result without call',
    (body) => body.messages[2].tool_calls.pop(),
    'messages[3]: no tool call "b" stands directly before this result',
  ],
  [
    'two results of one call',
    (body) => body.messages.splice(3, 0, body.messages[3]),
    'messages[4]: a second result of the tool call "b"',
  ],
  [
    'a user turn before the results',
    (body) => body.messages.splice(3, 0, { role: 'user', content: 'Hm.' }),
    'messages[4]: no tool call "b" stands directly before this result',
  ],
  [
    'calls at the end',
    (body) => (body.messages = body.messages.slice(0, 3)),
    'messages[2].tool_calls[0]: no result stands directly after the tool call "a"',
  ],
  [
    'two calls of one message with one id',
    (body) => (body.messages[2].tool_calls[1].id = 'a'),
    'messages[2].tool_calls[1]: a second tool call with the id "a"',
  ],
  [
    'an empty id',
    (body) => (body.messages[2].tool_calls[0].id = ''),
    'messages[2].tool_calls[0]: the id of a tool call must match',
  ],
  [
    'an empty list of calls',
    (body) => (body.messages[5].tool_calls = []),
    'messages[5].tool_calls: must be a list that is not empty',
  ],
  [
    'a call with a bad name',
    (body) => (body.messages[2].tool_calls[0].function.name = 'a.b'),
    'messages[2].tool_calls[0].function.name: a name must match',
  ],
  [
    'arguments as an object',
    (body) => (body.messages[2].tool_calls[0].function.arguments = {}),
    'messages[2].tool_calls[0].function.arguments: must be a text',
  ],
  [
    'no content and no calls',
    (body) => (body.messages[5].content = null),
    'messages[5].content: expected a text or parts, got null',
  ],
  [
    'no parts',
    (body) => (body.messages[1].content = []),
    'messages[1].content: must be a text or a list of parts that is not empty',
  ],
  [
    'an unknown part',
    (body) => (body.messages[1].content[0].type = 'hologram'),
    'messages[1].content[0]: unknown type of part "hologram"',
  ],
  [
    'an image in a tool result',
    (body) => (body.messages[4].content = body.messages[1].content),
    'messages[4].content[1]: unknown type of part "image_url"',
  ],
  [
    'an image that is no address',
    (body) => (body.messages[1].content[1].image_url.url = PNG),
    'messages[1].content[1].image_url.url: must be an address',
  ],
  [
    'two tools with one name',
    (body) => body.tools.push(body.tools[0]),
    'tools[1].function.name: a second tool with the name "look_up"',
  ],
  [
    'a tool with a long name',
    (body) => (body.tools[0].function.name = 'n'.repeat(65)),
    'tools[0].function.name: a name must match',
  ],
  [
    'an unknown kind of tool',
    (body) => (body.tools[0].type = 'web_search'),
    'tools[0]: unknown type of tool "web_search"',
  ],
  ['a choice without tools', (body) => delete body.tools, 'tool_choice: only allowed when tools are specified'],
  [
    'a forced tool that is not offered',
    (body) => (body.tool_choice.function.name = 'other'),
    'tool_choice: no tool has the name "other"',
  ],
  ['an empty list of tools', (body) => (body.tools = []), 'tools: an empty list'],
  ['stream options without a stream', (body) => (body.stream_options = {}), 'stream_options: only with stream: true'],
]

const strictFormat = (schema: object) => ({ type: 'json_schema', json_schema: { name: 'out', strict: true, schema } })

const TABLES: Record<
  RulesName,
  { readonly valid: () => Body; readonly model?: string; readonly rows: readonly Row[] }
> = {
  'openai-chat': {
    valid: chatBody,
    rows: [
      ...chatRows,
      ['an unknown field', (body) => (body.guided_json = {}), 'guided_json: unknown field'],
      [
        'reasoning of another server',
        (body) => (body.messages[5].reasoning_content = 'Hm'),
        'messages[5].reasoning_content: unknown field',
      ],
      [
        'an id of 41 characters',
        (body) => (body.messages[2].tool_calls[0].id = 'x'.repeat(41)),
        'messages[2].tool_calls[0]: the id of a tool call must match',
      ],
      [
        'both token limits',
        (body) => Object.assign(body, { max_tokens: 9, max_completion_tokens: 9 }),
        'max_tokens: not together with max_completion_tokens',
      ],
      ['five stop sequences', (body) => (body.stop = [...'abcde']), 'stop: at most 4 sequences'],
      ['a high temperature', (body) => (body.temperature = 3), 'temperature: must be a number from 0 to 2'],
      [
        'alternatives at the root',
        (body) => (body.tools[0].function.parameters = { ...schema, anyOf: [] }),
        'tools[0].function.parameters: the schema of a function must not have "anyOf" at its root',
      ],
      [
        'a schema that is no object',
        (body) => (body.tools[0].function.parameters = { type: 'string' }),
        'tools[0].function.parameters: the schema of a function must have the type "object"',
      ],
      [
        'a list without items',
        (body) => (body.tools[0].function.parameters = { type: 'object', properties: { a: { type: 'array' } } }),
        'tools[0].function.parameters.properties.a: array schema without items',
      ],
      [
        'an open strict object',
        (body) => (body.response_format = strictFormat(schema)),
        'response_format.json_schema.schema: a strict object needs additionalProperties: false',
      ],
      [
        'an optional strict property',
        (body) => (body.response_format = strictFormat({ ...schema, required: [], additionalProperties: false })),
        'response_format.json_schema.schema: a strict object must require its property "city"',
      ],
      [
        'JSON that nobody asked for',
        (body) => (body.response_format = { type: 'json_object' }),
        'messages: must contain the word "json"',
      ],
      [
        'max_tokens for a model that reasons',
        (body) => Object.assign(body, { model: 'gpt-5.1', max_tokens: 9 }),
        'max_tokens: unsupported by this model',
      ],
      [
        'a temperature for a model that reasons',
        (body) => Object.assign(body, { model: 'o3', temperature: 0.5 }),
        'temperature: unsupported while this model reasons',
      ],
      [
        'tools with reasoning for GPT-5.6',
        (body) => Object.assign(body, { model: 'gpt-5.6' }),
        'tools: this model takes functions here only with reasoning_effort "none"',
      ],
    ],
  },
  'self-hosted-chat': {
    valid: () => ({ ...chatBody(), guided_json: undefined, top_k: 3, reasoning_effort: 'low' }),
    rows: [
      ...chatRows,
      [
        'the role developer',
        (body) => (body.messages[0].role = 'developer'),
        'messages[0].role: unknown role "developer"',
      ],
      [
        'a system message later on',
        (body) => body.messages.push({ role: 'system', content: 'Now.' }),
        'messages[7]: the system message must be at the beginning',
      ],
      [
        'two leading system messages',
        (body) => body.messages.unshift({ role: 'system', content: 'First.' }),
        'messages[1]: the system message must be at the beginning',
      ],
      [
        'arguments that are cut off',
        (body) => (body.messages[2].tool_calls[0].function.arguments = '{"city":"Os'),
        'messages[2].tool_calls[0].function.arguments: must be a JSON object',
      ],
    ],
  },
  'openai-responses': {
    valid: () => ({
      model: 'gpt-5.6',
      store: false,
      instructions: 'Be brief.',
      input: [
        { role: 'developer', content: 'Really.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', image_url: `data:image/png;base64,${PNG}` },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
        { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'look_up', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'b', name: 'apply_patch', input: '***' },
        { role: 'user', content: 'Wait.' },
        { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
        { type: 'function_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'rain' }] },
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Rain.', annotations: [] }],
        },
        { role: 'user', content: 'And now?' },
      ],
      tools: [
        { type: 'function', name: 'look_up', parameters: schema },
        { type: 'custom', name: 'apply_patch' },
        { type: 'namespace', name: 'mcp__docs', tools: [{ type: 'function', name: 'search' }] },
        { type: 'web_search' },
      ],
      tool_choice: { type: 'function', name: 'look_up' },
    }),
    rows: [
      ['an unknown field', (body) => (body.messages = []), 'messages: unknown field'],
      ['no input', (body) => delete body.input, 'input: must be a text or a list that is not empty'],
      ['an unknown item', (body) => (body.input[2].type = 'dream'), 'input[2].type: unknown type of item "dream"'],
      ['an unknown role', (body) => (body.input[0].role = 'tool'), 'input[0].role: unknown role "tool"'],
      [
        'input text of the assistant',
        (body) => (body.input[8].content[0].type = 'input_text'),
        'input[8].content[0].type: "input_text" is not one of output_text, refusal',
      ],
      [
        'a call without output',
        (body) => body.input.pop() && body.input.splice(7, 1),
        'input[3]: no output found for the call "a"',
      ],
      [
        'an output without call',
        (body) => body.input.splice(3, 1),
        'input[6]: no call found for the output with call_id "a"',
      ],
      [
        'an output of another kind',
        (body) => (body.input[6].type = 'function_call_output'),
        'input[4]: no output found for the call "b"',
      ],
      [
        'two calls with one id',
        (body) => body.input.splice(4, 0, { ...body.input[3], id: 'fc_2' }),
        'input[4]: a second call with the call_id "a"',
      ],
      [
        'two items with one id',
        (body) => (body.input[4].id = 'fc_1'),
        'input[4].id: expected an id that begins with "ctc"',
      ],
      [
        'the same item twice',
        (body) => body.input.push(body.input[8]),
        'input[10].id: a second item with the id "msg_1"',
      ],
      [
        'a long call_id',
        (body) => (body.input[3].call_id = body.input[7].call_id = 'x'.repeat(65)),
        'input[3].call_id: must have 1 to 64 characters',
      ],
      [
        'the id of a call in Chat',
        (body) => (body.input[3].id = 'call_1'),
        'input[3].id: expected an id that begins with "fc"',
      ],
      ['arguments as an object', (body) => (body.input[3].arguments = {}), 'input[3].arguments: must be a text'],
      [
        'reasoning alone',
        (body) => body.input.push({ type: 'reasoning', summary: [], encrypted_content: 'gA' }),
        'input[10]: reasoning without the message or call',
      ],
      [
        'reasoning that is not stored',
        (body) => delete body.input[2].encrypted_content,
        'input[2]: reasoning without encrypted_content is not found',
      ],
      [
        'reasoning sealed by a gateway',
        (body) => (body.input[2].encrypted_content = 'sluice.1.gemini.d.X'),
        'input[2].encrypted_content: was made by a gateway',
      ],
      [
        'a function as in Chat',
        (body) => (body.tools[0] = { type: 'function', function: { name: 'look_up' } }),
        'tools[0].function: unknown field',
      ],
      [
        'two tools with one name',
        (body) => body.tools.push(body.tools[0]),
        'tools[4].name: a second tool with the name "look_up"',
      ],
      [
        'a forced tool that is not offered',
        (body) => (body.tool_choice.name = 'x'),
        'tool_choice: no tool has the name "x"',
      ],
      [
        'few output tokens',
        (body) => (body.max_output_tokens = 5),
        'max_output_tokens: must be a number of at least 16',
      ],
      [
        'an open strict schema',
        (body) => (body.tools[0].strict = true),
        'tools[0].parameters: a strict object needs additionalProperties: false',
      ],
    ],
  },
  anthropic: {
    valid: () => ({
      model: 'claude-opus-4-8',
      max_tokens: 4096,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          ],
        },
        { role: 'system', content: 'Really.' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: '', signature: 'EqQB' },
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'a', name: 'look_up', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'b', name: 'look_up', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'b', content: 'sun' },
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'rain' }] },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
      tools: [{ name: 'look_up', input_schema: schema }],
      tool_choice: { type: 'auto' },
    }),
    rows: [
      ['an unknown field', (body) => (body.stop = 'x'), 'stop: unknown field'],
      ['no token limit', (body) => delete body.max_tokens, 'max_tokens: is missing'],
      ['an unknown role', (body) => (body.messages[0].role = 'tool'), 'messages[0].role: unknown role "tool"'],
      [
        'the assistant first',
        (body) => body.messages.unshift({ role: 'assistant', content: 'Hi.' }),
        'messages[0]: the first message must have the role user',
      ],
      [
        'a system message for an older model',
        (body) => (body.model = 'claude-sonnet-4-5'),
        'messages[1]: the role "system" is not supported on this model',
      ],
      [
        'a system message after the assistant',
        (body) => body.messages.splice(3, 0, { role: 'system', content: 'Now.' }),
        'messages[3]: a system message stands after a user turn',
      ],
      [
        'a message without content',
        (body) => (body.messages[0].content = []),
        'messages[0]: must have content that is not empty',
      ],
      ['blank content', (body) => (body.messages[0].content = ' '), 'messages[0]: must have content that is not empty'],
      [
        'a blank text block',
        (body) => (body.messages[0].content[0].text = '\n'),
        'messages[0].content[0].text: text content blocks must contain non-whitespace text',
      ],
      [
        'a blank system block',
        (body) => (body.system[0].text = ''),
        'system[0].text: text content blocks must contain non-whitespace text',
      ],
      [
        'an unknown block',
        (body) => (body.messages[0].content[0].type = 'input_text'),
        'messages[0].content[0].type: "input_text" is no block of the role user',
      ],
      [
        'a call of the user',
        (body) => body.messages[0].content.push(body.messages[2].content[2]),
        'messages[0].content[2].type: "tool_use" is no block of the role user',
      ],
      [
        'a call without result',
        (body) => body.messages[3].content.shift(),
        'messages[2].content[3]: no result stands directly after the tool call "b"',
      ],
      [
        'a result without call',
        (body) => body.messages[2].content.pop(),
        'messages[3].content[0]: no tool call "b" stands directly before this result',
      ],
      [
        'text before the results',
        (body) => body.messages[3].content.push(body.messages[3].content.shift()),
        'messages[3]: tool_result blocks must come before all other blocks',
      ],
      [
        'two calls with one id',
        (body) => (body.messages[2].content[3].id = 'a'),
        'messages[2].content[3]: a second `tool_use` with the id "a"',
      ],
      [
        'an id with a colon',
        (body) => (body.messages[2].content[2].id = body.messages[3].content[1].tool_use_id = 'ls:0'),
        'messages[2].content[2]: the id of a tool call must match',
      ],
      [
        'input as text',
        (body) => (body.messages[2].content[2].input = '{}'),
        'messages[2].content[2].input: must be an object',
      ],
      [
        'an image of an unknown type',
        (body) => (body.messages[0].content[1].source.media_type = 'image/tiff'),
        'messages[0].content[1].source.media_type: must be one of',
      ],
      [
        'an error with an image',
        (body) =>
          Object.assign(body.messages[3].content[1], { is_error: true, content: [body.messages[0].content[1]] }),
        'messages[3].content[1].content[0]: all content must be text if is_error is true',
      ],
      [
        'an unsigned thought',
        (body) => (body.messages[2].content[0].signature = ''),
        'messages[2].content[0].signature: invalid signature',
      ],
      [
        'a thought sealed by a gateway',
        (body) => (body.messages[2].content[0].signature = 'sluice.1.gemini.s.X'),
        'messages[2].content[0].signature: invalid signature',
      ],
      [
        'no thought before the call',
        (body) => body.messages[2].content.shift(),
        'messages[2].content[0].type: expected thinking or redacted_thinking, but found text',
      ],
      [
        'a thought at the end',
        (body) => body.messages[2].content.push(body.messages[2].content[0]),
        'messages[2]: the final block of an assistant message cannot be thinking',
      ],
      [
        'a prefill for a new model',
        (body) => body.messages.push({ role: 'assistant', content: 'So' }),
        'messages[4]: this model does not support assistant message prefill',
      ],
      [
        'a prefill that ends in a space',
        (body) =>
          Object.assign(body, { model: 'claude-3-5-haiku' }) &&
          body.messages.push({ role: 'assistant', content: 'So ' }),
        'messages[4]: final assistant content cannot end with trailing whitespace',
      ],
      [
        'a small budget',
        (body) => (body.thinking.budget_tokens = 1000),
        'thinking.budget_tokens: must be at least 1024',
      ],
      [
        'a budget above the limit',
        (body) => (body.thinking.budget_tokens = 5000),
        'thinking.budget_tokens: must be below max_tokens',
      ],
      [
        'a temperature while it thinks',
        (body) => Object.assign(body, { model: 'claude-3-7-sonnet', temperature: 0 }),
        'temperature: may only be 1 when thinking is enabled',
      ],
      [
        'a forced tool while it thinks',
        (body) => (body.tool_choice = { type: 'any' }),
        'tool_choice: thinking may not be enabled when tool_choice forces tool use',
      ],
      [
        'sampling for a newest model',
        (body) => Object.assign(body, { top_p: 0.99 }),
        'top_p: unsupported by this model',
      ],
      [
        'a choice without tools',
        (body) => delete body.tools,
        'tool_choice: may only be specified while providing tools',
      ],
      [
        'two tools with one name',
        (body) => body.tools.push(body.tools[0]),
        'tools[1].name: a second tool with the name "look_up"',
      ],
      [
        'alternatives at the root',
        (body) => (body.tools[0].input_schema = { ...schema, anyOf: [] }),
        'tools[0].input_schema: the schema must not have "anyOf" at its root',
      ],
      [
        'a property with a space',
        (body) => (body.tools[0].input_schema = { type: 'object', properties: { 'a b': {} } }),
        'tools[0].input_schema: the property "a b" must match',
      ],
      [
        'an answer schema with a limit',
        (body) =>
          (body.output_config = {
            format: {
              type: 'json_schema',
              schema: {
                type: 'object',
                additionalProperties: false,
                properties: { n: { type: 'integer', minimum: 1 } },
              },
            },
          }),
        'output_config.format.schema.properties.n: "minimum" is not supported',
      ],
      [
        'an open answer schema',
        (body) => (body.output_config = { format: { type: 'json_schema', schema } }),
        'output_config.format.schema: an object of this schema needs additionalProperties: false',
      ],
      [
        'a blank stop sequence',
        (body) => (body.stop_sequences = ['\n']),
        'stop_sequences: each stop sequence must contain non-whitespace',
      ],
      [
        'five cache marks',
        (body) => (body.system = Array.from({ length: 5 }, () => body.system[0])),
        'cache_control: at most 4 blocks',
      ],
    ],
  },
  gemini: {
    model: 'gemini-3-pro',
    valid: () => ({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Look' }, { inlineData: { mimeType: 'image/png', data: PNG } }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'look_up', args: {} }, thoughtSignature: 'Abc=' },
            { functionCall: { name: 'fetch', args: { city: 'Oslo' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { name: 'look_up', response: { output: 'rain' } } },
            { functionResponse: { name: 'fetch', response: {} } },
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: 'look_up', parameters: schema },
            { name: 'fetch', parametersJsonSchema: { $ref: '#/$defs/x' } },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['fetch'] } },
      generationConfig: { temperature: 1, responseMimeType: 'application/json', responseJsonSchema: {} },
    }),
    rows: [
      ['an unknown field', (body) => (body.messages = []), 'messages: unknown field'],
      [
        'an unknown field of the configuration',
        (body) => (body.generationConfig.max_tokens = 3),
        'generationConfig.maxTokens: unknown field',
      ],
      ['no contents', (body) => (body.contents = []), 'contents: contents are required'],
      ['an unknown role', (body) => (body.contents[0].role = 'assistant'), 'contents[0].role: please use a valid role'],
      ['a turn without parts', (body) => (body.contents[0].parts = []), 'contents[0].parts: must not be empty'],
      [
        'an empty part',
        (body) => (body.contents[0].parts[0] = {}),
        'contents[0].parts[0]: a part must have exactly one kind of data',
      ],
      [
        'an empty text',
        (body) => (body.contents[0].parts[0].text = ''),
        'contents[0].parts[0].text: must not be empty',
      ],
      [
        'fewer responses than calls',
        (body) => body.contents[2].parts.pop(),
        'contents[1]: the number of function response parts must equal',
      ],
      [
        'a response without call',
        (body) => body.contents.splice(1, 1),
        'contents[1]: a function response turn comes immediately after a function call turn',
      ],
      [
        'a response of another name',
        (body) => (body.contents[2].parts[0].functionResponse.name = 'other'),
        'contents[2]: no function call of the turn before has the name "other"',
      ],
      [
        'a call at the beginning',
        (body) => body.contents.shift(),
        'contents[0]: a function call turn comes immediately after a user turn',
      ],
      [
        'a call after the model',
        (body) => body.contents.splice(1, 0, { role: 'model', parts: [{ text: 'So.' }] }),
        'contents[2]: a function call turn comes immediately after a user turn',
      ],
      [
        'something between call and response',
        (body) => body.contents.splice(2, 0, { role: 'user', parts: [{ text: 'Wait.' }] }),
        'contents[3]: a function response turn comes immediately after',
      ],
      [
        'arguments as text',
        (body) => (body.contents[1].parts[0].functionCall.args = '{}'),
        'contents[1].parts[0].functionCall.args: must be an object',
      ],
      [
        'a response as text',
        (body) => (body.contents[2].parts[0].functionResponse.response = 'rain'),
        'contents[2].parts[0].functionResponse.response: must be an object',
      ],
      [
        'a call without signature',
        (body) => delete body.contents[1].parts[0].thoughtSignature,
        'contents[1]: function call is missing a thought_signature',
      ],
      [
        'a signature sealed by a gateway',
        (body) => (body.contents[1].parts[0].thoughtSignature = 'sluice.1.x'),
        'contents[1].parts[0].thoughtSignature: is not valid',
      ],
      [
        'a name that begins with a digit',
        (body) => (body.tools[0].functionDeclarations[0].name = '1a'),
        'tools[0].functionDeclarations[0].name: a name must match',
      ],
      [
        'two functions with one name',
        (body) => (body.tools[0].functionDeclarations[0].name = 'fetch'),
        'tools[0].functionDeclarations[1].name: a second tool with the name "fetch"',
      ],
      [
        'a field that Schema lacks',
        (body) => (body.tools[0].functionDeclarations[0].parameters = { ...schema, additionalProperties: false }),
        'tools[0].functionDeclarations[0].parameters: "additionalProperties" is unknown in a Schema',
      ],
      [
        'a list of types',
        (body) => (body.tools[0].functionDeclarations[0].parameters = { type: ['object', 'null'] }),
        'tools[0].functionDeclarations[0].parameters: the type of a Schema is one word',
      ],
      [
        'an enum of numbers',
        (body) => (body.tools[0].functionDeclarations[0].parameters = { type: 'integer', enum: [1] }),
        'tools[0].functionDeclarations[0].parameters: the values of an enum must be strings',
      ],
      [
        'a required property that is not defined',
        (body) => (body.tools[0].functionDeclarations[0].parameters = { type: 'object', required: ['x'] }),
        'tools[0].functionDeclarations[0].parameters: required: the property "x" is not defined',
      ],
      [
        'a forced function that is not offered',
        (body) => (body.toolConfig.functionCallingConfig.allowedFunctionNames = ['x']),
        'toolConfig.functionCallingConfig: no tool has the name "x"',
      ],
      [
        'allowed names without force',
        (body) => (body.toolConfig.functionCallingConfig.mode = 'AUTO'),
        'toolConfig.functionCallingConfig: allowedFunctionNames only with the mode ANY',
      ],
      [
        'six stop sequences',
        (body) => (body.generationConfig.stopSequences = [...'abcdef']),
        'generationConfig.stopSequences: at most 5 sequences',
      ],
      [
        'a schema without JSON',
        (body) => delete body.generationConfig.responseMimeType,
        'generationConfig.responseMimeType: must be application/json for a schema',
      ],
      [
        'both schemas',
        (body) => (body.generationConfig.responseSchema = {}),
        'generationConfig.responseSchema: not together with responseJsonSchema',
      ],
      [
        'level and budget',
        (body) => (body.generationConfig.thinkingConfig = { thinkingBudget: 1, thinkingLevel: 'LOW' }),
        'generationConfig.thinkingConfig: thinkingBudget and thinkingLevel exclude each other',
      ],
    ],
  },
  'bedrock-converse': {
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    valid: () => ({
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      messages: [
        {
          role: 'user',
          content: [{ text: 'Look' }, { document: { format: 'pdf', name: 'a (1)', source: { bytes: PNG } } }],
        },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: '', signature: 'EqQB' } } },
            { toolUse: { toolUseId: 'a', name: 'look_up', input: {} } },
            { toolUse: { toolUseId: 'b', name: 'look_up', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'b', content: [{ text: 'sun' }] } },
            { toolResult: { toolUseId: 'a', content: [{ json: {} }], status: 'error' } },
            { cachePoint: { type: 'default' } },
          ],
        },
      ],
      toolConfig: {
        tools: [{ toolSpec: { name: 'look_up', inputSchema: { json: schema } } }],
        toolChoice: { auto: {} },
      },
      inferenceConfig: { maxTokens: 4096 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    }),
    rows: [
      ['an unknown field', (body) => (body.max_tokens = 3), 'max_tokens: unknown field'],
      [
        'an unknown field of the inference',
        (body) => (body.inferenceConfig.topK = 3),
        'inferenceConfig.topK: unknown field',
      ],
      [
        'the assistant first',
        (body) => body.messages.shift(),
        'messages[0]: a conversation must start with a user message',
      ],
      [
        'two user turns',
        (body) => body.messages.push({ role: 'user', content: [{ text: 'x' }] }),
        'messages[3]: a conversation must alternate',
      ],
      ['the role system', (body) => (body.messages[0].role = 'system'), 'messages[0].role: must be user or assistant'],
      [
        'a message without content',
        (body) => (body.messages[0].content = []),
        'messages[0].content: must be a list that is not empty',
      ],
      ['a blank text', (body) => (body.messages[0].content[0].text = ' '), 'messages[0].content[0].text: is blank'],
      [
        'a blank text of a result',
        (body) => (body.messages[2].content[0].toolResult.content[0].text = ''),
        'messages[2].content[0].toolResult.content[0].text: is blank',
      ],
      [
        'a block with two kinds',
        (body) => (body.messages[0].content[0].cachePoint = { type: 'default' }),
        'messages[0].content[0]: ["text","cachePoint"] is no block of this role',
      ],
      [
        'a call without result',
        (body) => body.messages[2].content.shift(),
        'messages[1].content[2]: no result stands directly after the tool call "b"',
      ],
      [
        'a result without call',
        (body) => body.messages[1].content.pop(),
        'messages[2].content[0]: no tool call "b" stands directly before this result',
      ],
      [
        'two calls with one id',
        (body) => (body.messages[1].content[2].toolUse.toolUseId = 'a'),
        'messages[1].content[2]: a second toolUse with the id "a"',
      ],
      [
        'an id with a colon',
        (body) => (body.messages[1].content[1].toolUse.toolUseId = 'ls:0'),
        'messages[1].content[1]: the id of a tool call must match',
      ],
      [
        'input as text',
        (body) => (body.messages[1].content[1].toolUse.input = '{}'),
        'messages[1].content[1].toolUse.input: must be an object',
      ],
      [
        'a cache point in a result',
        (body) => body.messages[2].content[0].toolResult.content.push({ cachePoint: {} }),
        'messages[2].content[0].toolResult.content[1]: "cachePoint" is no block of a toolResult',
      ],
      ['tools in the past only', (body) => delete body.toolConfig, 'toolConfig: must be defined when using toolUse'],
      ['no tools', (body) => (body.toolConfig.tools = []), 'toolConfig.tools: must have at least 1 tool'],
      [
        'alternatives at the root',
        (body) => (body.toolConfig.tools[0].toolSpec.inputSchema.json = { ...schema, oneOf: [] }),
        'toolConfig.tools[0].toolSpec.inputSchema.json: the schema must not have "oneOf" at its root',
      ],
      [
        'a document with a dot',
        (body) => (body.messages[0].content[1].document.name = 'a.pdf'),
        'messages[0].content[1].document.name: must match',
      ],
      [
        'a document without text',
        (body) => body.messages[0].content.shift(),
        'messages[0]: a document needs a text block in its message',
      ],
      [
        'an unsigned thought',
        (body) => delete body.messages[1].content[0].reasoningContent.reasoningText.signature,
        'messages[1].content[0].reasoningContent.reasoningText.signature: invalid signature',
      ],
      [
        'no thought before the call',
        (body) => body.messages[1].content.shift(),
        'messages[1].content[0]: expected reasoningContent before toolUse',
      ],
      [
        'a temperature while it thinks',
        (body) => (body.inferenceConfig.temperature = 0),
        'inferenceConfig.temperature: may only be 1',
      ],
      [
        'a forced tool while it thinks',
        (body) => (body.toolConfig.toolChoice = { any: {} }),
        'toolConfig.toolChoice: thinking may not be enabled when a tool is forced',
      ],
    ],
  },
  cohere: {
    valid: () => ({ ...chatBody(), tool_choice: undefined }),
    rows: [
      [
        'the role developer',
        (body) => (body.messages[0].role = 'developer'),
        'messages[0].role: unknown role "developer"',
      ],
      [
        'a call without result',
        (body) => body.messages.splice(3, 1),
        'messages[2].tool_calls[1]: no result stands directly after the tool call "b"',
      ],
      [
        'two tools with one name',
        (body) => body.tools.push(body.tools[0]),
        'tools[1].function.name: a second tool with the name "look_up"',
      ],
    ],
  },
  ollama: {
    valid: () => ({
      model: 'llama',
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'look_up', arguments: {} } }] },
        { role: 'tool', content: 'rain', tool_name: 'look_up' },
      ],
    }),
    rows: [
      [
        'arguments as text',
        (body) => (body.messages[1].tool_calls[0].function.arguments = '{}'),
        'messages[1].tool_calls[0].function.arguments: must be an object',
      ],
      ['parts', (body) => (body.messages[0].content = []), 'messages[0].content: must be a text'],
      ['no model', (body) => delete body.model, 'model: is missing'],
    ],
  },
}

describe.each(Object.entries(TABLES))('the rules of %s', (name, { valid, model, rows }) => {
  const rules = name as RulesName

  test('a valid request has no violations', () => expect(violations(rules, valid(), model)).toEqual([]))

  test.each([...rows])('%s', (_change, make, violation) => {
    const body = structuredClone(valid())
    make(body)
    const found = violations(rules, body, model)
    expect(found.filter((text) => text.startsWith(violation))).not.toEqual([])
  })
})

test.each([
  [
    'a system message for Claude 4.8 may end the conversation',
    'anthropic',
    {
      max_tokens: 9,
      model: 'claude-opus-4-8',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 'b' },
      ],
    },
  ],
  [
    'neighbors of one role are one turn of Anthropic',
    'anthropic',
    {
      max_tokens: 9,
      model: 'claude-opus-4-8',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
      ],
    },
  ],
  [
    'ids of other makers at Bedrock',
    'bedrock-converse',
    {
      toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] },
      messages: [
        { role: 'user', content: [{ text: 'a' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'functions.f:0', name: 'f', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'functions.f:0', content: [] } }] },
      ],
    },
  ],
  [
    'calls of an earlier turn of Gemini 3 need no signature',
    'gemini',
    {
      contents: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f' } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
        { role: 'user', parts: [{ text: 'b' }] },
      ],
    },
  ],
  [
    'an output whose call is stored',
    'openai-responses',
    { model: 'm', previous_response_id: 'resp_1', input: [{ type: 'function_call_output', call_id: 'a', output: '' }] },
  ],
] as const)('%s', (_title, rules, body) =>
  expect(violations(rules, body, rules === 'gemini' ? 'gemini-3-pro' : '')).toEqual([]),
)

test.each(RULES.map((rules) => [rules]))('the rules of %s never throw', (rules) => {
  const { valid } = TABLES[rules]
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), (value, pick) => {
      const body = structuredClone(valid())
      replaceAt(body, pick, value)
      expect(violations(rules, body)).toBeArray()
      expect(violations(rules, value)).toBeArray()
    }),
    runs(),
  )
})

/** Replaces one of the values inside of `body`. */
function replaceAt(body: Body, pick: number, value: unknown): void {
  const places: [Body, string][] = []
  const walk = (inner: unknown) => {
    if (typeof inner !== 'object' || inner === null) return
    for (const [key, next] of Object.entries(inner)) {
      places.push([inner, key])
      walk(next)
    }
  }
  walk(body)
  const [holder, key] = places[pick % places.length]!
  holder[key] = value
}
