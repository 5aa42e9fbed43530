// Codex at servers of the Responses API that only know functions: the request is rewritten, its other fields stay.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { JsonObject } from '../../src/codecs/json/object.ts'
import { startGateway, type TestGateway } from '../gateway.ts'
import { type Recorder, startRecorder } from '../recorder.ts'

let upstream: Recorder
let gateway: TestGateway
beforeAll(async () => {
  upstream = startRecorder()
  const provider = (type: string) => ({ type, baseUrl: `${upstream.url}/v1`, apiKey: 'k' })
  const types = ['xai', 'groq', 'responses-compatible', 'openai', 'openrouter']
  gateway = await startGateway({
    providers: Object.fromEntries(types.map((type) => [type, provider(type)])),
    models: Object.fromEntries(types.map((type) => [type, { targets: [`${type}/m`], retries: 0 }])),
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
})

const user = { role: 'user', content: 'Go on.' }
const search = { type: 'function', name: 'search', parameters: { type: 'object', properties: {} }, strict: false }
const TOOLS = [
  { ...search, name: 'shell' },
  { type: 'custom', name: 'apply_patch', description: 'Patches.' },
  { type: 'namespace', name: 'mcp__docs', description: '', tools: [search] },
  { type: 'web_search' },
]
const HISTORY = [
  user,
  { type: 'custom_tool_call', call_id: 'a', name: 'apply_patch', input: '*** x' },
  { type: 'custom_tool_call_output', call_id: 'a', output: 'done' },
  { type: 'function_call', call_id: 'b', namespace: 'mcp__docs', name: 'search', arguments: '{}' },
  { type: 'function_call_output', call_id: 'b', output: 'found' },
  { type: 'additional_tools', role: 'developer', tools: [{ ...search, name: 'more' }] },
  { type: 'agent_message', author: 'sub', content: [{ type: 'input_text', text: 'I found it.' }] },
  { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'So.', annotations: [] }] },
  user,
]
const call = (id: string, name: string, args: string) => ({
  type: 'function_call',
  id: `fc_${id}`,
  call_id: id,
  name,
  arguments: args,
  status: 'completed',
})
const CALLS = [call('c', 'apply_patch', '{"input":"*** y"}'), call('d', 'mcp__docs__search', '{}')]
const response = (output: object[], status = 'completed') => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status,
  output,
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
})
const OWN = [
  { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: '*** y' },
  { type: 'function_call', call_id: 'd', namespace: 'mcp__docs', name: 'search', arguments: '{}' },
]
const ask = (model: string, more: object = {}) =>
  gateway.post('/v1/responses', { model, tools: TOOLS, input: HISTORY, prompt_cache_key: 'k', future: 1, ...more })

describe.each(['xai', 'groq', 'responses-compatible'])('%s', (model) => {
  test('gets functions and plain items', async () => {
    upstream.respondWith(() => response(CALLS))
    expect((await ask(model)).status).toBe(200)
    const { tools, input, ...rest } = upstream.lastRequest as { tools: JsonObject[]; input: JsonObject[] }
    expect(tools.map(({ type, name }) => [type, name])).toEqual([
      ['function', 'shell'],
      ['function', 'apply_patch'],
      ['function', 'mcp__docs__search'],
      ['web_search', undefined],
      ['function', 'more'],
    ])
    expect(input).toMatchObject([
      user,
      { type: 'function_call', call_id: 'a', name: 'apply_patch', arguments: '{"input":"*** x"}' },
      { type: 'function_call_output', call_id: 'a', output: 'done' },
      { type: 'function_call', call_id: 'b', name: 'mcp__docs__search' },
      { type: 'function_call_output', call_id: 'b', output: 'found' },
      { role: 'user' },
      HISTORY[7]!,
      HISTORY[8]!,
      user,
    ])
    expect(JSON.stringify(input[5])).toContain('I found it.')
    expect(rest).toMatchObject({ future: 1 })
  })

  test('and the client gets its own calls', async () => {
    upstream.respondWith(() => response(CALLS))
    expect(await (await ask(model)).json()).toMatchObject({ output: OWN })
  })

  test('and streamed', async () => {
    upstream.respondWith(() => [
      { type: 'response.created', response: response([], 'in_progress') },
      ...CALLS.flatMap((item, output_index) => [
        { type: 'response.output_item.added', output_index, item: { ...item, arguments: '', status: 'in_progress' } },
        ...[...item.arguments].map((delta) => ({
          type: 'response.function_call_arguments.delta',
          output_index,
          item_id: item.id,
          delta,
        })),
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: 'response.completed', response: response(CALLS) },
    ])
    const events = (await (await ask(model, { stream: true })).text())
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as JsonObject)
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output: OWN } })
    const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta')
    expect(deltas.map(({ delta }) => delta).join('')).toBe('*** y')
  })

  test('a forced tool stays forced', async () => {
    upstream.respondWith(() => response(CALLS))
    await ask(model, { tool_choice: { type: 'custom', name: 'apply_patch' } })
    expect(upstream.lastRequest).toMatchObject({ tool_choice: { type: 'function', name: 'apply_patch' } })
  })
})

test('a call that was cut is readable for a server that parses it', async () => {
  upstream.respondWith(() => response([]))
  const cut = [user, { type: 'function_call', call_id: 'a', name: 'shell', arguments: '{"c' }, HISTORY[2], user]
  const received = await ask('responses-compatible', { input: cut })
  expect(upstream.lastRequest).toMatchObject({ input: [{}, { arguments: '{"invalid_json":"{\\"c"}' }, {}, {}] })
  expect(received.headers.get('x-sluice-warnings')).toContain('input[1]: changed: the arguments of "shell"')
})

test.each(['openai', 'openrouter'])('%s, which has such tools, gets them as they are', async (model) => {
  upstream.respondWith(() => response([]))
  await ask(model)
  expect(upstream.lastRequest).toMatchObject({ tools: TOOLS, input: HISTORY })
})
