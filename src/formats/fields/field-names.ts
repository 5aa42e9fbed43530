import type { ChatRequest, Sampling } from '../../chat/request.ts'

/** A field of the canonical request that some formats lack. */
export type Field =
  | keyof Sampling
  | 'user'
  | 'metadata'
  | 'tier'
  | 'verbosity'
  | 'store'
  | 'cacheKey'
  | 'stop'
  | 'output'
  | 'reasoning'
  | 'toolChoice'
  | 'parallelTools'
  | 'maxOutput'

const snake = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const CHAT: Readonly<Partial<Record<Field, string>>> = {
  choices: 'n',
  tier: 'service_tier',
  user: 'safety_identifier',
  cacheKey: 'prompt_cache_key',
  output: 'response_format',
  reasoning: 'reasoning_effort',
  parallelTools: 'parallel_tool_calls',
  maxOutput: 'max_completion_tokens',
}

const NAMES: Readonly<Record<string, Readonly<Partial<Record<Field, string>>>>> = {
  'openai-chat': CHAT,
  'openai-completions': { choices: 'n', maxOutput: 'max_tokens' },
  'openai-responses': {
    ...CHAT,
    output: 'text.format',
    verbosity: 'text.verbosity',
    logprobs: 'include',
    reasoning: 'reasoning',
    maxOutput: 'max_output_tokens',
  },
  anthropic: {
    stop: 'stop_sequences',
    tier: 'service_tier',
    user: 'metadata.user_id',
    output: 'output_config.format',
    reasoning: 'thinking',
    parallelTools: 'tool_choice.disable_parallel_tool_use',
    maxOutput: 'max_tokens',
  },
  cohere: {
    topP: 'p',
    topK: 'k',
    stop: 'stop_sequences',
    output: 'response_format',
    maxOutput: 'max_tokens',
    reasoning: 'thinking',
  },
  ollama: {
    ...Object.fromEntries(
      (['temperature', 'topP', 'topK', 'minP', 'seed', 'frequencyPenalty', 'presencePenalty'] as const).map((field) => [
        field,
        `options.${snake(field)}`,
      ]),
    ),
    output: 'format',
    reasoning: 'think',
    maxOutput: 'options.num_predict',
    stop: 'options.stop',
  },
  'bedrock-converse': {
    maxOutput: 'inferenceConfig.maxTokens',
    temperature: 'inferenceConfig.temperature',
    topP: 'inferenceConfig.topP',
    topK: 'additionalModelRequestFields.top_k',
    stop: 'inferenceConfig.stopSequences',
    toolChoice: 'toolConfig.toolChoice',
    output: 'outputConfig.textFormat',
    reasoning: 'additionalModelRequestFields.thinking',
    tier: 'serviceTier.type',
    metadata: 'requestMetadata',
  },
  gemini: {
    ...Object.fromEntries(
      (['temperature', 'topP', 'topK', 'seed', 'frequencyPenalty', 'presencePenalty'] as const).map((field) => [
        field,
        `generationConfig.${field}`,
      ]),
    ),
    logprobs: 'generationConfig.responseLogprobs',
    topLogprobs: 'generationConfig.logprobs',
    choices: 'generationConfig.candidateCount',
    stop: 'generationConfig.stopSequences',
    output: 'generationConfig.responseJsonSchema',
    reasoning: 'generationConfig.thinkingConfig',
    toolChoice: 'toolConfig.functionCallingConfig',
    maxOutput: 'generationConfig.maxOutputTokens',
    tier: 'serviceTier',
    metadata: 'labels',
  },
}

/** The name of a field in the client's format: `top_k`, `generationConfig.topK`. */
export const fieldName = ({ format }: Pick<ChatRequest, 'format'>, field: Field): string =>
  NAMES[format]?.[field] ?? snake(field)
