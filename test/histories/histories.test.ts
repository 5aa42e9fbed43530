// A conversation that lives goes on: whatever its past holds, another provider's model can continue it.
import { describe, expect, test } from 'bun:test'
import { encode, others, type Upstream } from './encode.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const tool = (name: string) => ({ name, description: 'A tool.', input_schema: { type: 'object', properties: {} } })
const func = (name: string) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
  strict: false,
})
const chatTool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})

const claude = (...messages: object[]) => ({ model: 'm', max_tokens: 2000, tools: [tool('ls')], messages })
const codex = (...input: object[]) => ({ model: 'm', tools: [func('ls')], input })
const chat = (...messages: object[]) => ({ model: 'm', tools: [chatTool('ls')], messages })
const google = (...contents: object[]) => ({ tools: [{ functionDeclarations: [{ name: 'ls' }] }], contents })

const user = { role: 'user', content: 'Go on.' }
const says = (content: unknown) => ({ role: 'assistant', content })
const toolUse = (id: string, name = 'ls', input: object = {}) => ({ type: 'tool_use', id, name, input })
const toolResult = (id: string, content: unknown = 'a.txt') => ({ type: 'tool_result', tool_use_id: id, content })
const call = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'ls', arguments: args } })
const result = (id: string, content = 'a.txt') => ({ role: 'tool', tool_call_id: id, content })
const item = (call_id: string, args = '{}') => ({ type: 'function_call', call_id, name: 'ls', arguments: args })
const output = (call_id: string, text = 'a.txt') => ({ type: 'function_call_output', call_id, output: text })
const search = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
  { type: 'text', text: 'Found it.' },
]

interface Row {
  readonly client: 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini'
  readonly request: object
  /** What the losses name, in this order. */
  readonly losses?: readonly string[]
  /** Texts that reach the upstream, and texts that do not. */
  readonly has?: readonly string[]
  readonly hasNot?: readonly string[]
}

const ROWS: Readonly<Record<string, Row>> = {
  'a search of the provider is left out, its text stays': {
    client: 'anthropic',
    request: claude(user, says(search), user),
    losses: ['messages[1].content[0]', 'messages[1].content[1]'],
    has: ['Found it.'],
    hasNot: ['srvtoolu_1'],
  },
  'a search of OpenAI is left out': {
    client: 'openai-responses',
    request: codex(
      user,
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Found it.', annotations: [] }] },
      user,
    ),
    losses: ['input[1]'],
    has: ['Found it.'],
    hasNot: ['ws_1'],
  },
  'executed code of Gemini is left out': {
    client: 'gemini',
    request: google(
      { role: 'user', parts: [{ text: 'Go on.' }] },
      {
        role: 'model',
        parts: [
          { executableCode: { language: 'PYTHON', code: '1' } },
          { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
          { text: 'Found it.' },
        ],
      },
      { role: 'user', parts: [{ text: 'Go on.' }] },
    ),
    losses: ['contents[1].parts[0]', 'contents[1].parts[1]'],
    has: ['Found it.'],
  },
  'steps of all hosted tools are left out': {
    client: 'openai-responses',
    request: codex(
      user,
      ...[
        'file_search_call',
        'code_interpreter_call',
        'mcp_list_tools',
        'mcp_call',
        'computer_call',
        'future_call',
      ].map((type, at) => ({ type, id: `x_${at}`, status: 'completed' })),
      says('Found it.'),
      user,
    ),
    losses: ['input[1]', 'input[2]', 'input[3]', 'input[4]', 'input[5]', 'input[6]'],
    has: ['Found it.'],
  },
  'a call whose arguments were cut is sent as text': {
    client: 'openai-chat',
    request: chat(
      user,
      { ...says(null), tool_calls: [call('c1', '{"path":"/a","text":"unfin')] },
      result('c1', 'error'),
      user,
    ),
    losses: ['messages[1].tool_calls[0]'],
    has: ['invalid_json', 'unfin'],
  },
  'a call whose arguments are a list is sent as text': {
    client: 'openai-responses',
    request: codex(user, item('c1', '[1]'), output('c1'), user),
    losses: ['input[1]'],
    has: ['invalid_json'],
  },
  'ids that repeat in later turns become unique': {
    client: 'openai-chat',
    request: chat(
      user,
      { ...says(null), tool_calls: [call('ls:0')] },
      result('ls:0', 'first'),
      { ...says(null), tool_calls: [call('ls:0')] },
      result('ls:0', 'second'),
      user,
    ),
    losses: [],
    has: ['first', 'second'],
  },
  'ids that repeat in one turn become unique': {
    client: 'openai-responses',
    request: codex(user, item('x'), item('x'), output('x', 'first'), output('x', 'second'), user),
    losses: [],
    has: ['first', 'second'],
  },
  'what is said between a call and its result follows the result': {
    client: 'openai-responses',
    request: codex(user, item('c1'), { role: 'user', content: 'Wait.' }, output('c1', 'done'), user),
    losses: [],
    has: ['Wait.', 'done'],
  },
  'a result after another turn of the model returns to its call': {
    client: 'openai-chat',
    request: chat(user, { ...says(null), tool_calls: [call('c1')] }, says('Waiting.'), result('c1', 'done'), user),
    losses: [],
    has: ['Waiting.', 'done'],
  },
  'a result without its call becomes text': {
    client: 'anthropic',
    request: claude(user, says('Hm.'), { role: 'user', content: [toolResult('gone', 'listing')] }),
    losses: ['messages[2].content[0]'],
    has: ['listing'],
  },
  'a second result of one call becomes text': {
    client: 'openai-responses',
    request: codex(user, item('c1'), output('c1', 'first'), output('c1', 'second'), user),
    losses: ['input[3]'],
    has: ['first', 'second'],
  },
  'a past call without a result is left out': {
    client: 'openai-chat',
    request: chat(user, { ...says('Hm.'), tool_calls: [call('c1')] }, user),
    has: ['Hm.'],
    hasNot: ['c1'],
  },
  'one of two calls without a result is left out': {
    client: 'anthropic',
    request: claude(user, says([toolUse('a'), toolUse('b')]), { role: 'user', content: [toolResult('b', 'done')] }),
    losses: ['messages[1].content[0]'],
    has: ['done'],
  },
  'the reference to a tool in a result names the tool': {
    client: 'anthropic',
    request: claude(user, says([toolUse('a')]), {
      role: 'user',
      content: [toolResult('a', [{ type: 'tool_reference', tool_name: 'mcp__g' }])],
    }),
    losses: ['messages[2].content[0].content[0]'],
    has: ['Tool available: mcp__g'],
  },
  'a turn of foreign reasoning alone is left out': {
    client: 'anthropic',
    request: claude(user, says([{ type: 'thinking', thinking: 'Hm.', signature: 'sluice.1.none.s.' }]), user),
  },
  'a turn without content is left out': {
    client: 'openai-chat',
    request: chat(user, says(''), user),
    losses: [],
  },
  'half of a character is replaced': {
    client: 'anthropic',
    request: claude(user, says([toolUse('a', 'ls', { path: '\ud83d' })]), {
      role: 'user',
      content: [toolResult('a', 'cut \ud83d'), { type: 'text', text: 'cut \udc00' }],
    }),
    losses: ['messages[1].content[0]', 'messages[2].content[0]', 'messages[2].content[1]'],
    hasNot: ['\\ud83d', '\\udc00'],
  },
  'a custom tool is a function with one string': {
    client: 'openai-responses',
    request: {
      model: 'm',
      tools: [
        {
          type: 'custom',
          name: 'apply_patch',
          description: 'Patches.',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
        },
      ],
      input: [
        user,
        { type: 'custom_tool_call', call_id: 'c1', name: 'apply_patch', input: '*** "x"' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
      ],
    },
    losses: ['tools[0].format'],
    has: ['apply_patch', 'lark grammar', 'done', '*** '],
  },
  'a custom tool of Chat Completions is a function with one string': {
    client: 'openai-chat',
    request: {
      model: 'm',
      tools: [{ type: 'custom', custom: { name: 'apply_patch' } }, chatTool('ls')],
      messages: [
        user,
        { role: 'assistant', tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'apply_patch', input: 'x' } }] },
        result('c1', 'done'),
      ],
    },
    losses: [],
    has: ['apply_patch', 'done'],
  },
  'the tools of a namespace have one name everywhere': {
    client: 'openai-responses',
    request: {
      model: 'm',
      tools: [{ type: 'namespace', name: 'mcp__docs', description: 'Docs.', tools: [func('search')] }],
      input: [
        user,
        { type: 'function_call', call_id: 'c1', namespace: 'mcp__docs', name: 'search', arguments: '{}' },
        output('c1'),
      ],
    },
    losses: [],
    has: ['mcp__docs__search'],
    hasNot: ['"search"'],
  },
  'tools that were found or added later are offered': {
    client: 'openai-responses',
    request: codex(
      user,
      { type: 'tool_search_call', call_id: 's1', execution: 'client', arguments: { query: 'x' }, status: 'completed' },
      {
        type: 'tool_search_output',
        call_id: 's1',
        execution: 'client',
        status: 'completed',
        tools: [{ type: 'namespace', name: 'mcp__g', description: '', tools: [func('find')] }],
      },
      { type: 'additional_tools', role: 'developer', tools: [func('more'), func('ls')] },
      user,
    ),
    losses: [],
    has: ['Tools found: mcp__g__find', 'more', 'tool_search'],
  },
  'the shell of a client is a call with a result': {
    client: 'openai-responses',
    request: codex(
      user,
      { type: 'local_shell_call', call_id: 'c1', status: 'completed', action: { type: 'exec', command: ['ls'] } },
      { type: 'local_shell_call_output', call_id: 'c1', output: 'a.txt' },
      { type: 'computer_call', call_id: 'c2', status: 'completed', action: { type: 'screenshot' } },
      {
        type: 'computer_call_output',
        call_id: 'c2',
        output: { type: 'computer_screenshot', image_url: `data:image/png;base64,${PNG}` },
      },
      user,
    ),
    losses: [],
    has: ['local_shell', 'a.txt'],
  },
  'what another agent says is text of the user': {
    client: 'openai-responses',
    request: codex(
      user,
      says('Asking.'),
      { type: 'agent_message', author: 'sub', content: [{ type: 'input_text', text: 'I found it.' }] },
      user,
    ),
    losses: [],
    has: ['I found it.'],
  },
  'encrypted content of the past is left out': {
    client: 'openai-responses',
    request: codex(
      user,
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAA' },
      { type: 'agent_message', content: [{ type: 'encrypted_content', encrypted_content: 'gBBB' }] },
      user,
    ),
    losses: ['input[1]', 'input[2]'],
    hasNot: ['gAAA', 'gBBB'],
  },
  'media of earlier turns that the upstream does not accept are left out': {
    client: 'gemini',
    request: google(
      { role: 'user', parts: [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' } }, { text: 'Look.' }] },
      { role: 'model', parts: [{ text: 'Nice.' }] },
      { role: 'user', parts: [{ text: 'Go on.' }] },
    ),
    has: ['Look.', 'Nice.'],
  },
  'audio of the model is left out': {
    client: 'gemini',
    request: google(
      { role: 'user', parts: [{ text: 'Sing.' }] },
      { role: 'model', parts: [{ inlineData: { mimeType: 'audio/wav', data: 'AAAA' } }] },
      { role: 'user', parts: [{ text: 'Go on.' }] },
    ),
    losses: ['contents[1].parts[0]'],
    hasNot: ['AAAA'],
  },
}

const lossNames = (losses: readonly { field: string }[]) => losses.map(({ field }) => field)

describe.each(Object.entries(ROWS))('%s', (_title, { client, request, losses, has = [], hasNot = [] }) => {
  test.each(others(client))('for %s', (upstream: Upstream) => {
    const encoded = encode(client, upstream, request)
    expect(encoded.violations).toEqual([])
    const text = JSON.stringify(encoded.body)
    for (const part of has) expect(text).toContain(JSON.stringify(part).slice(1, -1))
    for (const part of hasNot) expect(text).not.toContain(part)
    if (losses) expect(lossNames(encoded.losses)).toEqual(expect.arrayContaining([...losses]))
  })
})

const CUSTOM = { type: 'custom', name: 'apply_patch' }
const DOCS = { type: 'namespace', name: 'mcp__docs', description: 'Docs.', tools: [func('search'), CUSTOM] }

describe.each(['openai-chat', 'anthropic', 'gemini', 'bedrock-converse'] as const)(
  'a forced tool for %s',
  (upstream) => {
    test.each([
      ['with free text', { type: 'custom', name: 'apply_patch' }, 'apply_patch'],
      ['of a namespace', { type: 'function', namespace: 'mcp__docs', name: 'search' }, 'mcp__docs__search'],
      [
        'with free text in a namespace',
        { type: 'custom', namespace: 'mcp__docs', name: 'apply_patch' },
        'mcp__docs__apply_patch',
      ],
    ])('%s stays forced', (_title, choice, name) => {
      const request = { model: 'm', tools: [CUSTOM, DOCS], tool_choice: choice, input: [user] }
      const { body, violations } = encode('openai-responses', upstream, request)
      expect(violations).toEqual([])
      const { tool_choice: forced, toolConfig } = body
      expect(JSON.stringify(forced ?? toolConfig)).toContain(`"${name}"`)
    })

    test('may be one of several', () => {
      const tools = [
        { type: 'custom', name: 'apply_patch' },
        { type: 'function', namespace: 'mcp__docs', name: 'search' },
      ]
      const request = {
        model: 'm',
        tools: [CUSTOM, DOCS, func('ls')],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools },
        input: [user],
      }
      expect(encode('openai-responses', upstream, request).violations).toEqual([])
    })
  },
)

test.each(['openai-chat', 'anthropic', 'gemini', 'bedrock-converse', 'cohere', 'ollama'] as const)(
  'the reference to an item that is not kept is rejected for %s with a hint',
  (upstream) => {
    const request = codex(user, { type: 'item_reference', id: 'msg_1' }, user)
    expect(() => encode('openai-responses', upstream, request)).toThrow('"store": false')
  },
)

test.each(['openai-chat', 'openai-responses', 'gemini'] as const)(
  'what the client says now is rejected by name for %s',
  (upstream) => {
    const request = claude(user, says('Yes.'), { role: 'user', content: [{ type: 'container_upload', file_id: 'f' }] })
    expect(() => encode('anthropic', upstream, request)).toThrow('messages[2].content[0]')
  },
)

describe.each(others('openai-responses'))('what another agent says now, for %s,', (upstream) => {
  const message = (...content: object[]) => ({ type: 'agent_message', author: 'main', content })
  const cipher = { type: 'encrypted_content', encrypted_content: 'gAAA' }
  const steps = [item('c1'), output('c1')]

  test('is rejected if it is encrypted', () => {
    for (const input of [[message(cipher)], [user, message(cipher)], [user, message(cipher), ...steps]])
      expect(() => encode('openai-responses', upstream, codex(...input))).toThrow(/input\[[01]\]: .*encrypted/)
  })

  test('is read as far as it is text', () => {
    const input = [user, message(cipher, { type: 'input_text', text: 'Find it.' })]
    const { body, violations, losses } = encode('openai-responses', upstream, codex(...input))
    expect(violations).toEqual([])
    expect(JSON.stringify(body)).toContain('Find it.')
    expect(lossNames(losses)).toContain('input[1]')
  })
})

test.each(others('openai-responses'))('a compaction now is rejected for %s, an earlier one is left out', (upstream) => {
  const trigger = { type: 'compaction_trigger' }
  expect(() => encode('openai-responses', upstream, codex(user, trigger))).toThrow('input[1]: only models of OpenAI')
  const { violations, losses } = encode('openai-responses', upstream, codex(user, trigger, user))
  expect(violations).toEqual([])
  expect(lossNames(losses)).toContain('input[1]')
})
