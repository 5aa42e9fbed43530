// Conversations with everything that goes wrong in histories, in the format of each client.
import fc from 'fast-check'

/** A step of a conversation, without the notation of a format. */
export type Step =
  | { readonly kind: 'user'; readonly text: string; readonly media?: 'image' | 'pdf' | 'video' }
  | { readonly kind: 'system'; readonly text: string }
  | { readonly kind: 'answer'; readonly text: string; readonly image?: boolean }
  | { readonly kind: 'thought'; readonly text: string; readonly seal: string }
  | {
      readonly kind: 'call'
      readonly id: string
      readonly name: string
      readonly args: string
      readonly isCustom: boolean
    }
  | { readonly kind: 'result'; readonly id: string; readonly text: string; readonly media?: 'image' | 'audio' }
  | { readonly kind: 'native'; readonly at: number }

export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const PDF = Buffer.from('%PDF-1.4 x').toString('base64')

const text = fc.constantFrom('Go on.', '', ' ', 'cut \ud83d', '{"a":1}', 'é🌊', '"$ref"')
/** Few ids, so that many are used twice. */
const id = fc.constantFrom('ls:0', 'call_1', 'toolu_01', 'call_1_2', 'x'.repeat(70), 'é')
const name = fc.constantFrom('ls', 'look_up')
const args = fc.constantFrom('{}', '', '{"path":"/a"}', '{"path":"/a","text":"unfin', '[1]', '{"a":"\\ud83d"}', 'null')
const seal = fc.constantFrom(
  'none',
  'sluice.1.anthropic.s.SIG',
  'sluice.1.gemini.s.U0lH',
  'sluice.1.openai-responses.d.DATA',
  'OWN',
)

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), text }),
  fc.record({
    kind: fc.constant('user' as const),
    text,
    media: fc.constantFrom('image' as const, 'pdf' as const, 'video' as const),
  }),
  fc.record({ kind: fc.constant('answer' as const), text, image: fc.boolean() }),
  fc.record({ kind: fc.constant('thought' as const), text, seal }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const), id, name, args, isCustom: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('result' as const), id, text }) },
  fc.record({
    kind: fc.constant('result' as const),
    id,
    text,
    media: fc.constantFrom('image' as const, 'audio' as const),
  }),
  fc.record({ kind: fc.constant('native' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('system' as const), text: fc.constantFrom('Be brief.', '') }),
)

/** Begins and ends with a user, who is answered now. */
export const conversations: fc.Arbitrary<readonly Step[]> = fc
  .array(step, { maxLength: 14 })
  .map((steps) => BEGIN.concat(steps, END))

const BEGIN: readonly Step[] = [{ kind: 'user', text: 'Begin.' }]
const END: readonly Step[] = [
  { kind: 'answer', text: 'Yes.' },
  { kind: 'user', text: 'And now?' },
]

/** The same conversation in the format of a client, as a request. */
export const RENDER: Readonly<Record<string, (steps: readonly Step[]) => object>> = {
  'openai-chat': (steps) => ({
    model: 'm',
    tools: [
      ...['ls', 'look_up'].map((name) => ({
        type: 'function',
        function: { name, parameters: { type: 'object', properties: {} } },
      })),
      { type: 'custom', custom: { name: 'patch' } },
    ],
    messages: steps.flatMap(chatMessage),
  }),
  'openai-responses': (steps) => ({
    model: 'm',
    tools: [
      { type: 'function', name: 'ls', parameters: { type: 'object', properties: {} }, strict: false },
      {
        type: 'namespace',
        name: 'mcp__docs',
        description: '',
        tools: [{ type: 'function', name: 'look_up', strict: false }],
      },
      { type: 'custom', name: 'patch' },
    ],
    input: steps.map(responsesItem),
  }),
  anthropic: (steps) => ({
    model: 'm',
    max_tokens: 1000,
    tools: ['ls', 'look_up'].map((name) => ({ name, input_schema: { type: 'object', properties: {} } })),
    messages: grouped(steps.flatMap(claudeBlock), (role, content) => ({ role, content })),
  }),
  'bedrock-converse': (steps) => ({
    toolConfig: {
      tools: ['ls', 'look_up'].map((name) => ({
        toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } },
      })),
    },
    messages: grouped(steps.flatMap(converseBlock), (role, content) => ({ role, content })),
  }),
  ollama: (steps) => ({
    model: 'm',
    tools: ['ls', 'look_up'].map((name) => ({
      type: 'function',
      function: { name, parameters: { type: 'object', properties: {} } },
    })),
    messages: steps.map(ollamaMessage),
  }),
  gemini: (steps) => ({
    tools: [{ functionDeclarations: [{ name: 'ls' }, { name: 'look_up' }] }],
    contents: grouped(steps.flatMap(geminiPart), (role, parts) => ({ role: role === 'user' ? role : 'model', parts })),
  }),
}

type Placed = readonly [role: 'user' | 'assistant', part: object]

function grouped(parts: readonly Placed[], create: (role: Placed[0], parts: object[]) => object): object[] {
  const turns: [Placed[0], object[]][] = []
  for (const [role, part] of parts) {
    const last = turns.at(-1)
    if (last?.[0] === role) last[1].push(part)
    else turns.push([role, [part]])
  }
  return turns.map(([role, list]) => create(role, list))
}

const url = (type: string, data: string) => `data:${type};base64,${data}`

function chatMessage(step: Step): object[] {
  switch (step.kind) {
    case 'user':
      return [{ role: 'user', content: [{ type: 'text', text: step.text }, ...chatMedia(step.media)] }]
    case 'system':
      return [{ role: 'system', content: step.text }]
    case 'answer':
      return [
        {
          role: 'assistant',
          content: step.text,
          ...(step.image && { images: [{ type: 'image_url', image_url: { url: url('image/png', PNG) } }] }),
        },
      ]
    case 'thought':
      return [{ role: 'assistant', content: null, reasoning_content: step.text }]
    case 'call': {
      const call = step.isCustom
        ? { id: step.id, type: 'custom', custom: { name: 'patch', input: step.args } }
        : { id: step.id, type: 'function', function: { name: step.name, arguments: step.args } }
      return [{ role: 'assistant', content: null, tool_calls: [call] }]
    }
    case 'result':
      return [
        {
          role: 'tool',
          tool_call_id: step.id,
          content: step.media === 'image' ? [{ type: 'text', text: step.text }, ...chatMedia('image')] : step.text,
        },
      ]
    case 'native':
      return [{ role: 'assistant', content: [{ type: 'reference', reference_ids: [1] }] }]
  }
}

const chatMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'image_url', image_url: { url: url('image/png', PNG) } }]
    : kind === 'pdf'
      ? [{ type: 'file', file: { filename: 'a.pdf', file_data: url('application/pdf', PDF) } }]
      : kind === 'video'
        ? [{ type: 'video_url', video_url: { url: 'https://x.example/a.mp4' } }]
        : []

const HOSTED = [
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
  { type: 'mcp_call', id: 'mcp_1', server_label: 's', name: 'n', arguments: '{}', output: 'x' },
  { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAA' },
  { type: 'agent_message', author: 'a', content: [{ type: 'input_text', text: 'Done.' }] },
  { type: 'additional_tools', role: 'developer', tools: [{ type: 'function', name: 'more', strict: false }] },
  { type: 'local_shell_call', call_id: 'sh_1', status: 'completed', action: { type: 'exec', command: ['ls'] } },
  { type: 'local_shell_call_output', call_id: 'sh_1', output: 'a.txt' },
  { type: 'tool_search_call', call_id: 'ts_1', arguments: {}, status: 'completed' },
  { type: 'tool_search_output', call_id: 'ts_1', tools: [{ type: 'function', name: 'found', strict: false }] },
  { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: PNG },
]

function responsesItem(step: Step): object {
  switch (step.kind) {
    case 'user':
      return { role: 'user', content: [{ type: 'input_text', text: step.text }, ...responsesMedia(step.media)] }
    case 'system':
      return { role: 'developer', content: step.text }
    case 'answer':
      return {
        type: 'message',
        role: 'assistant',
        phase: 'final_answer',
        content: [{ type: 'output_text', text: step.text, annotations: [] }],
      }
    case 'thought':
      return {
        type: 'reasoning',
        id: 'rs_1',
        summary: step.text === '' ? [] : [{ type: 'summary_text', text: step.text }],
        ...(step.seal !== 'none' && { encrypted_content: step.seal }),
      }
    case 'call':
      return step.isCustom
        ? { type: 'custom_tool_call', call_id: step.id, name: 'patch', input: step.args }
        : {
            type: 'function_call',
            call_id: step.id,
            name: step.name,
            arguments: step.args,
            ...(step.name === 'look_up' && { namespace: 'mcp__docs' }),
          }
    case 'result':
      return {
        type: step.text === ' ' ? 'custom_tool_call_output' : 'function_call_output',
        call_id: step.id,
        output:
          step.media === 'image' ? [{ type: 'input_text', text: step.text }, ...responsesMedia('image')] : step.text,
      }
    case 'native':
      return HOSTED[step.at]!
  }
}

const responsesMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'input_image', image_url: url('image/png', PNG) }]
    : kind === 'pdf'
      ? [{ type: 'input_file', filename: 'a.pdf', file_data: url('application/pdf', PDF) }]
      : []

const SERVER_BLOCKS = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
  { type: 'compaction', content: 'We spoke.' },
  { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} },
]

function claudeBlock(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { type: 'text', text: step.text }],
        ...claudeMedia('media' in step ? step.media : undefined).map((block) => ['user', block] as const),
      ]
    case 'answer':
      return [['assistant', { type: 'text', text: step.text }]]
    case 'thought':
      return [['assistant', { type: 'thinking', thinking: step.text, signature: step.seal }]]
    case 'call':
      return [['assistant', { type: 'tool_use', id: step.id, name: step.name, input: objectIn(step.args) }]]
    case 'result':
      return [
        [
          'user',
          {
            type: 'tool_result',
            tool_use_id: step.id,
            is_error: step.text === '',
            content: [
              { type: 'text', text: step.text },
              { type: 'tool_reference', tool_name: 'ls' },
              ...claudeMedia(step.media),
            ],
          },
        ],
      ]
    case 'native':
      return [['assistant', SERVER_BLOCKS[step.at % SERVER_BLOCKS.length]!]]
  }
}

const claudeMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }]
    : kind === 'pdf'
      ? [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PDF } }]
      : []

const GOOGLE_PARTS = [
  { executableCode: { language: 'PYTHON', code: '1' } },
  { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
  { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
  { inlineData: { mimeType: 'image/png', data: PNG }, thoughtSignature: 'U0lH' },
]

function geminiPart(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { text: step.text }],
        ...geminiMedia('media' in step ? step.media : undefined).map((part) => ['user', part] as const),
      ]
    case 'answer':
      return [['assistant', { text: step.text }]]
    case 'thought':
      return [['assistant', { text: step.text, thought: true, thoughtSignature: 'U0lH' }]]
    case 'call':
      return [
        [
          'assistant',
          { functionCall: { name: step.name, args: objectIn(step.args), ...(step.isCustom && { id: step.id }) } },
        ],
      ]
    case 'result':
      return [
        [
          'user',
          {
            functionResponse: { name: 'ls', ...(step.text === '' && { id: step.id }), response: { output: step.text } },
          },
        ],
      ]
    case 'native':
      return [['assistant', GOOGLE_PARTS[step.at % GOOGLE_PARTS.length]!]]
  }
}

const geminiMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ inlineData: { mimeType: 'image/png', data: PNG } }]
    : kind === 'pdf'
      ? [{ inlineData: { mimeType: 'application/pdf', data: PDF } }]
      : kind === 'video'
        ? [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' } }]
        : []

function objectIn(json: string): object {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}

const CONVERSE_BLOCKS = [
  { citationsContent: { content: [{ text: 'Found.' }], citations: [] } },
  { image: { format: 'png', source: { bytes: PNG } } },
  { video: { format: 'mp4', source: { bytes: 'AAAA' } } },
  { futureContent: { a: 1 } },
]

function converseBlock(step: Step): Placed[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [
        ['user', { text: step.text }],
        ...converseMedia('media' in step ? step.media : undefined).map((block) => ['user', block] as const),
      ]
    case 'answer':
      return [['assistant', { text: step.text }]]
    case 'thought':
      return [['assistant', { reasoningContent: { reasoningText: { text: step.text, signature: step.seal } } }]]
    case 'call':
      return [['assistant', { toolUse: { toolUseId: step.id, name: step.name, input: objectIn(step.args) } }]]
    case 'result': {
      const content = [{ text: step.text }, { json: { a: 1 } }, ...converseMedia(step.media)]
      return [['user', { toolResult: { toolUseId: step.id, content, status: 'error' } }]]
    }
    case 'native':
      return [['assistant', CONVERSE_BLOCKS[step.at % CONVERSE_BLOCKS.length]!]]
  }
}

const converseMedia = (kind: string | undefined): object[] =>
  kind === 'image'
    ? [{ image: { format: 'png', source: { bytes: PNG } } }]
    : kind === 'pdf'
      ? [{ document: { format: 'pdf', name: 'a', source: { bytes: PDF } } }]
      : kind === 'video'
        ? [{ video: { format: 'mp4', source: { bytes: 'AAAA' } } }]
        : []

function ollamaMessage(step: Step): object {
  switch (step.kind) {
    case 'user':
      return { role: 'user', content: step.text, ...(step.media === 'image' && { images: [PNG] }) }
    case 'system':
      return { role: 'system', content: step.text }
    case 'answer':
      return { role: 'assistant', content: step.text }
    case 'thought':
      return { role: 'assistant', content: '', thinking: step.text }
    case 'call':
      return {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: step.name, arguments: objectIn(step.args) } }],
      }
    case 'result':
      return { role: 'tool', tool_name: 'ls', content: step.text }
    case 'native':
      return { role: 'assistant', content: 'Hm.', images: [PNG] }
  }
}
