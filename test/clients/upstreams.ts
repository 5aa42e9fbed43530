import type { Feature } from './client.ts'

/** A kind of upstream that the simulator supports. */
export interface Upstream {
  readonly name: string
  readonly provider: (url: string) => object
  /** The simulated model. From its name the gateway derives what the model supports. */
  readonly model: string
  /** The features that it does not have, with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>
}

export const UPSTREAMS: readonly Upstream[] = [
  { name: 'chat', provider: (url) => ({ type: 'vllm', baseUrl: url }), model: 'sim-1b', lacks: {} },
  {
    name: 'responses',
    provider: (url) => ({ type: 'responses-compatible', baseUrl: url }),
    model: 'sim-1b',
    lacks: {},
  },
  {
    name: 'anthropic',
    provider: (url) => ({ type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k' }),
    model: 'claude-sonnet-4-6',
    lacks: {},
  },
  {
    name: 'gemini',
    provider: (url) => ({ type: 'gemini', baseUrl: `${url}/v1beta`, apiKey: 'k' }),
    model: 'gemini-2.5-pro',
    lacks: {},
  },
  {
    name: 'cohere',
    provider: (url) => ({ type: 'cohere', baseUrl: url, apiKey: 'k' }),
    model: 'command-a-03-2025',
    lacks: { file: 'the upstream accepts images only' },
  },
  {
    name: 'ollama',
    provider: (url) => ({ type: 'ollama-native', baseUrl: url }),
    model: 'qwen3',
    lacks: {
      'forced tool': 'the upstream has no tool_choice',
      'structured output': 'some clients force a tool for structured output',
      file: 'the upstream accepts images only',
      'cached tokens': 'the upstream does not report cached tokens',
    },
  },
  {
    name: 'bedrock',
    provider: (url) => ({ type: 'bedrock', baseUrl: url, apiKey: 'k' }),
    model: 'anthropic.claude-sonnet-4-6',
    lacks: {},
  },
  {
    name: 'bedrock claude',
    provider: (url) => ({ type: 'bedrock-claude', baseUrl: url, apiKey: 'k' }),
    model: 'anthropic.claude-sonnet-4-6',
    lacks: {},
  },
]
