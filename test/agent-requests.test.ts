// The requests of command-line agents, at upstreams that refuse what real providers refuse.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { startGateway, type TestGateway } from './gateway.ts'

let fleets: Fleet[] = []
let gateway: TestGateway
beforeAll(async () => {
  fleets = await Promise.all([
    startFleet({ speed: 0, strict: 'hosted', model: 'gpt-5.6' }),
    startFleet({ speed: 0, strict: 'self-hosted' }),
    startFleet({ speed: 0, strict: 'hosted', model: 'claude-opus-4-7' }),
    startFleet({ speed: 0, strict: 'hosted', model: 'gemini-3-flash' }),
  ])
  const [openai, own, claude, gemini] = fleets.map(({ urls }) => urls[0]!)
  const hosted = { apiKey: 'k', health: { enabled: false } }
  gateway = await startGateway({
    providers: {
      openai: { ...hosted, baseUrl: `${openai}/v1` },
      vllm: { type: 'vllm', baseUrl: own, health: { enabled: false } },
      anthropic: { ...hosted, baseUrl: `${claude}/v1` },
      gemini: { ...hosted, baseUrl: `${gemini}/v1beta` },
    },
    models: {
      gpt: 'openai/gpt-5.6',
      vllm: 'vllm/sim-1b',
      claude: 'anthropic/claude-opus-4-7',
      gemini: 'gemini/gemini-3-flash',
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  for (const fleet of fleets) fleet.stop()
})

const alternatives = {
  anyOf: [{ required: ['a'] }, { required: ['b'] }],
  properties: { a: { type: 'array' }, b: { type: 'string' } },
}

const claudeCode = {
  max_tokens: 128_000,
  system: [{ type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } }],
  thinking: { type: 'adaptive' },
  output_config: { effort: 'max' },
  tools: [{ name: 'mcp__x', input_schema: alternatives }],
  stop_sequences: ['\n\nHuman:'],
  metadata: { user_id: 'u' },
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'system', content: 'Agents: none.' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'mcp__x', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'x' }] },
    { role: 'user', content: 'Go on.' },
  ],
}

const codex = {
  instructions: 'You are an agent.',
  store: false,
  stream: true,
  parallel_tool_calls: false,
  prompt_cache_key: 'k',
  include: ['reasoning.encrypted_content'],
  reasoning: { effort: 'medium', summary: 'auto' },
  text: {
    verbosity: 'low',
    format: {
      type: 'json_schema',
      name: 'x',
      schema: {
        type: 'object',
        properties: { a: { type: 'integer', minimum: 1 } },
        required: ['a'],
        additionalProperties: false,
      },
    },
  },
  tools: [{ type: 'function', name: 'shell', parameters: { ...alternatives, type: 'object' }, strict: false }],
  input: [
    { role: 'developer', content: [{ type: 'input_text', text: 'Sandbox: none.' }] },
    { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
  ],
}

const geminiCli = {
  contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  systemInstruction: { parts: [{ text: 'You are an agent.' }] },
  tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 6, properties: { a: { type: 'STRING' } } } }] }],
  toolConfig: { functionCallingConfig: { mode: 2 } },
  generationConfig: { maxOutputTokens: '200', stopSequences: ['X'], temperature: 1 },
}

test.each([
  ['Claude Code', 'gpt', '/v1/messages', claudeCode],
  ['Claude Code', 'vllm', '/v1/messages', claudeCode],
  ['Claude Code', 'gemini', '/v1/messages', claudeCode],
  ['Codex', 'vllm', '/v1/responses', codex],
  ['Codex', 'claude', '/v1/responses', codex],
  ['Codex', 'gemini', '/v1/responses', codex],
  ['Gemini CLI', 'gpt', '/v1beta/models/gpt:generateContent', geminiCli],
  ['Gemini CLI', 'vllm', '/v1beta/models/vllm:generateContent', geminiCli],
  ['Gemini CLI', 'claude', '/v1beta/models/claude:generateContent', geminiCli],
])("%s's requests are accepted by %s", async (_agent, model, path, body) => {
  const response = await gateway.post(path, { model, ...body })
  const text = await response.text()
  expect([response.status, response.status === 200 ? '' : text]).toEqual([200, ''])
})
