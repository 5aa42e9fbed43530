// The kinds of upstream. Each is a strict simulator that plays a model of that maker: it refuses what the maker refuses.
import type { StrictMode } from '../src/sim/rules/strict.ts'

export interface Upstream {
  readonly name: string
  /** The only format that it serves; undefined: all. */
  readonly format?: string
  /** From its name the gateway and the rules derive what the model supports. */
  readonly model: string
  /** Prompt and output together. */
  readonly window: number
  readonly strict: StrictMode
  readonly provider: (url: string) => object
}

export const UPSTREAMS: readonly Upstream[] = [
  {
    name: 'self-hosted',
    format: 'openai-chat',
    model: 'qwen3-32b',
    window: 131_072,
    strict: 'self-hosted',
    provider: (url) => ({ type: 'vllm', endpoints: [url] }),
  },
  {
    // Chat Completions, except for clients of Responses.
    name: 'openai-chat',
    model: 'gpt-4.1',
    window: 1_000_000,
    strict: 'hosted',
    provider: (url) => ({ type: 'openai', baseUrl: `${url}/v1`, apiKey: 'k' }),
  },
  {
    // Responses, also for clients of other formats: GPT-5.4 and later take tools only there.
    name: 'openai-responses',
    model: 'gpt-5.6',
    window: 400_000,
    strict: 'hosted',
    provider: (url) => ({ type: 'openai', baseUrl: `${url}/v1`, apiKey: 'k' }),
  },
  {
    name: 'anthropic',
    format: 'anthropic',
    model: 'claude-opus-4-8',
    window: 200_000,
    strict: 'hosted',
    provider: (url) => ({ type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k' }),
  },
  {
    name: 'gemini',
    format: 'gemini',
    model: 'gemini-3-pro-preview',
    window: 1_000_000,
    strict: 'hosted',
    provider: (url) => ({ type: 'gemini', baseUrl: `${url}/v1beta`, apiKey: 'k' }),
  },
  {
    name: 'bedrock-converse',
    format: 'bedrock-converse',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    window: 200_000,
    strict: 'hosted',
    provider: (url) => ({ type: 'bedrock', baseUrl: url, apiKey: 'k' }),
  },
]
