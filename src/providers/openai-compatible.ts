import type { Capability, Feature } from '../formats/format.ts'
import { IMAGES, TRANSCRIPTION, SPEECH } from '../formats/apis/openai-media.ts'
import { MISTRAL_IDS } from '../formats/translation/tool-ids.ts'
import {
  capOfReasoning,
  NOT_OPENAI,
  OPENAI_VALUES,
  openaiCompatible,
  type ProviderType,
  responsesForTools,
  TEXT,
  TOOL_CHOICES,
} from './provider.ts'

const CHAT = ['openai-chat'] as const
/** The Responses API with all that belongs to it. */
const RESPONSES = ['openai-responses', 'openai-responses-count', 'openai-responses-compact'] as const
const CHAT_AND_COMPLETIONS = ['openai-chat', 'openai-completions'] as const

const TOP_K: ReadonlySet<Capability> = new Set(['top-k'])
const FETCHES: ReadonlySet<Capability> = new Set(['fetches-urls'])
/** Self-hosted servers that continue a partial assistant message. */
const PREFILL: ReadonlySet<Capability> = new Set(['top-k', 'prefill'])

/** The same, for servers that accept earlier reasoning: models that call tools while they think need it. */
const THINKING: ReadonlySet<Capability> = new Set([...PREFILL, 'reasoning-content'])

/** Servers that apply the chat template of an open model. */
const TEMPLATED: ReadonlySet<Feature> = new Set(['developer-role', 'later-instructions', 'unreadable-arguments'])

/** Servers of the Responses API that only know functions, and OpenAI's hosted tools. */
const FUNCTIONS_ONLY: readonly Feature[] = ['client-tools']

/** Fields of responses that clients send back with their history, beside their reasoning: Gemini's signatures, and LiteLLM's copy. */
const ECHOES = ['extra_content', 'provider_specific_fields'] as const
const REASONING = ['reasoning_content', 'reasoning_details', 'reasoning', ...ECHOES] as const

/** Providers that reject a field of Mistral's messages even if it is false. */
const NO_PREFIX = ['prefix'] as const
/** Of providers that have `reasoning` themselves, and reject what others have. */
const OTHER_REASONING = ['reasoning_content', 'reasoning_details', ...ECHOES, ...NO_PREFIX] as const

/** Servers that expect the older name of the output limit. */
const OLD_CAP = { max_completion_tokens: 'max_tokens' } as const

/** Servers that know the efforts low, medium and high only. */
const THREE_EFFORTS = { reasoning_effort: { minimal: 'low', xhigh: 'high', max: 'high' } } as const

/** Hosted services with OpenAI's chat format; each quirk is from the vendor's own reference. */
const HOSTED: readonly ProviderType[] = [
  openaiCompatible('openai', {
    defaultUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    keepsResponses: true,
    capabilities: FETCHES,
    dropsInMessages: [...REASONING, ...NO_PREFIX],
    lacks: new Set(),
    apiForTools: responsesForTools,
    modelRenames: capOfReasoning,
    values: OPENAI_VALUES,
    modelPatterns: [
      'gpt-*',
      'chatgpt-*',
      'o1*',
      'o3*',
      'o4*',
      'text-embedding-*',
      'omni-moderation-*',
      'ft:gpt-*',
      'dall-e-*',
      'tts-*',
      'whisper-*',
    ],
    apis: [...TEXT, 'openai-moderations', ...RESPONSES, ...IMAGES, ...TRANSCRIPTION, ...SPEECH],
  }),
  openaiCompatible('groq', {
    defaultUrl: 'https://api.groq.com/openai/v1',
    basePath: '/openai/v1',
    keyVariables: ['GROQ_API_KEY'],
    capabilities: FETCHES,
    dropsInMessages: OTHER_REASONING,
    apis: [...CHAT, 'openai-responses', ...TRANSCRIPTION, ...SPEECH],
    lacks: new Set([...NOT_OPENAI, ...FUNCTIONS_ONLY]),
    bodies: { 'openai-responses': { adds: {}, removes: ['store'], drops: ['include', 'truncation'] } },
    values: {
      ...TOOL_CHOICES,
      service_tier: { default: 'on_demand', priority: 'auto', scale: 'auto', fast: 'auto' },
      ...THREE_EFFORTS,
    },
    drops: ['prompt_cache_key', 'safety_identifier', 'verbosity'],
    rejects: ['logprobs', 'top_logprobs', 'logit_bias'],
  }),
  openaiCompatible('deepseek', {
    defaultUrl: 'https://api.deepseek.com/v1',
    keyVariables: ['DEEPSEEK_API_KEY'],
    capabilities: new Set(['reasoning-content']),
    values: { ...TOOL_CHOICES, reasoning_effort: { minimal: 'low', medium: 'high', xhigh: 'max' } },
    modelPatterns: ['deepseek-*'],
    apis: [...CHAT_AND_COMPLETIONS, 'openai-responses'],
    apisFor: (model) =>
      /^deepseek-v\d/.test(model) ? [...CHAT_AND_COMPLETIONS, 'openai-responses'] : CHAT_AND_COMPLETIONS,
    renames: OLD_CAP,
    url: (base, path) => (path.startsWith('/responses') ? base.replace(/\/v1$/, '') : base) + path,
  }),
  openaiCompatible('xai', {
    defaultUrl: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    capabilities: FETCHES,
    normalizes: CHAT, // only its last chunk has finish_reason, and its completion tokens do not include reasoning
    modelPatterns: ['grok-*'],
    keepsResponses: true,
    lacks: new Set([...NOT_OPENAI, ...FUNCTIONS_ONLY]),
    bodies: { 'openai-responses': { adds: {}, removes: [], alone: ['instructions'] } },
    apis: [...CHAT_AND_COMPLETIONS, 'openai-responses', 'openai-image-generations', 'openai-image-edits'],
  }),
  openaiCompatible('mistral', {
    defaultUrl: 'https://api.mistral.ai/v1',
    keyVariables: ['MISTRAL_API_KEY'],
    capabilities: FETCHES,
    dropsInMessages: REASONING,
    toolIds: MISTRAL_IDS,
    values: {
      service_tier: {
        default: 'standard_only',
        on_demand: 'standard_only',
        flex: 'auto',
        priority: 'auto',
        scale: 'auto',
      },
      reasoning_effort: { max: 'xhigh' },
    },
    normalizes: CHAT, // content is a list if it contains reasoning
    modelPatterns: ['mistral-*', 'ministral-*', 'codestral-*', 'magistral-*', 'devstral-*', 'pixtral-*', 'open-mi*'],
    apis: ['openai-chat', 'mistral-embeddings', 'openai-moderations', 'openai-transcriptions'],
    streamsUsage: false, // it always sends usage with the last chunk, and rejects stream_options
    renames: { ...OLD_CAP, seed: 'random_seed' },
    drops: ['stream_options', 'user', 'safety_identifier', 'store', 'verbosity'],
    rejects: ['logprobs', 'top_logprobs', 'logit_bias'],
  }),
  openaiCompatible('openrouter', {
    defaultUrl: 'https://openrouter.ai/api/v1',
    basePath: '/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    apis: [...TEXT, 'openai-responses'],
    bodies: { 'openai-responses': { adds: {}, removes: ['store'] } },
    capabilities: new Set(['reasoning-details', 'cache-control', 'fetches-urls', 'top-k']),
  }),
  openaiCompatible('together', {
    defaultUrl: 'https://api.together.xyz/v1',
    keyVariables: ['TOGETHER_API_KEY', 'TOGETHERAI_API_KEY'],
    values: { ...TOOL_CHOICES, ...THREE_EFFORTS },
    capabilities: TOP_K,
    apis: [...TEXT, 'rerank', 'openai-image-generations', ...TRANSCRIPTION, ...SPEECH],
  }),
  openaiCompatible('fireworks', {
    defaultUrl: 'https://api.fireworks.ai/inference/v1',
    basePath: '/inference/v1',
    keyVariables: ['FIREWORKS_API_KEY', 'FIREWORKS_AI_API_KEY'],
    dropsInMessages: NO_PREFIX,
    values: { ...TOOL_CHOICES, ...THREE_EFFORTS },
    capabilities: new Set([...TOP_K, 'reasoning-content']),
  }),
  openaiCompatible('perplexity', {
    defaultUrl: 'https://api.perplexity.ai',
    basePath: '',
    keyVariables: ['PERPLEXITY_API_KEY', 'PERPLEXITYAI_API_KEY'],
    modelPatterns: ['sonar*'],
    apis: CHAT,
    renames: OLD_CAP,
    streamsUsage: false, // it sends usage with every chunk
  }),
  openaiCompatible('cerebras', {
    defaultUrl: 'https://api.cerebras.ai/v1',
    keyVariables: ['CEREBRAS_API_KEY'],
    dropsInMessages: OTHER_REASONING,
    apis: CHAT,
    drops: ['frequency_penalty', 'presence_penalty', 'service_tier', 'prompt_cache_key', 'verbosity'],
    rejects: ['logit_bias'],
  }),
  // A router for the chat models of other hosts. Its embeddings have another format and URL.
  openaiCompatible('huggingface', {
    defaultUrl: 'https://router.huggingface.co/v1',
    keyVariables: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
    apis: CHAT,
  }),
  openaiCompatible('nvidia-nim', {
    defaultUrl: 'https://integrate.api.nvidia.com/v1',
    keyVariables: ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
    apis: ['openai-chat', 'openai-completions', 'nvidia-embeddings'],
    renames: OLD_CAP,
  }),
  openaiCompatible('voyage', {
    defaultUrl: 'https://api.voyageai.com/v1',
    keyVariables: ['VOYAGE_API_KEY'],
    modelPatterns: ['voyage-*', 'rerank-2*'],
    apis: ['voyage-embeddings', 'voyage-rerank'],
  }),
  openaiCompatible('jina', {
    defaultUrl: 'https://api.jina.ai/v1',
    keyVariables: ['JINA_API_KEY', 'JINA_AI_API_KEY'],
    modelPatterns: ['jina-*'],
    apis: ['jina-embeddings', 'rerank'],
  }),
]

const HEALTH = '/health'

/**
 * Self-hosted inference servers; a key is optional. The `-compatible` types can be hosted services, so they have no
 * active checks.
 */
const SELF_HOSTED: readonly ProviderType[] = [
  openaiCompatible('vllm', {
    lacks: TEMPLATED,
    apis: [...TEXT, 'rerank', ...TRANSCRIPTION],
    // It reads `reasoning` since 0.12: https://github.com/vllm-project/vllm/pull/28531
    capabilities: new Set([...PREFILL, 'reasoning']),
    renames: OLD_CAP,
    isSelfHosted: true,
    healthPath: HEALTH,
    canResume: true,
  }),
  openaiCompatible('sglang', {
    lacks: TEMPLATED,
    capabilities: THINKING,
    renames: OLD_CAP,
    isSelfHosted: true,
    healthPath: HEALTH,
    canResume: true,
  }),
  openaiCompatible('tgi', {
    lacks: TEMPLATED,
    renames: OLD_CAP,
    isSelfHosted: true,
    healthPath: HEALTH,
    apis: CHAT_AND_COMPLETIONS,
  }),
  openaiCompatible('ollama', {
    lacks: TEMPLATED,
    capabilities: new Set(['reasoning']),
    renames: OLD_CAP,
    isSelfHosted: true,
    healthPath: '/api/version',
    defaultUrl: 'http://127.0.0.1:11434/v1',
  }),
  openaiCompatible('llamacpp', {
    lacks: TEMPLATED,
    apis: [...TEXT, 'rerank'],
    capabilities: THINKING,
    renames: OLD_CAP,
    isSelfHosted: true,
    healthPath: HEALTH,
    canResume: true, // it continues a last assistant message, whatever the request says
  }),
  openaiCompatible('openai-compatible', {
    lacks: TEMPLATED,
    apis: [...TEXT, 'rerank', 'openai-moderations', ...IMAGES, ...TRANSCRIPTION, ...SPEECH],
  }),
  openaiCompatible('responses-compatible', {
    lacks: new Set([...TEMPLATED, ...FUNCTIONS_ONLY]),
    apis: ['openai-responses'],
  }),
]

export const openaiCompatibleTypes = [...HOSTED, ...SELF_HOSTED]
