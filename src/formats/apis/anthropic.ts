// Anthropic's APIs. Source: https://docs.claude.com/en/api/messages
import { ANTHROPIC_LIMITS, limitHeaders } from '../translation/rate-limits.ts'
import { ANTHROPIC_NAMES } from '../translation/tool-names.ts'
import { type Api, TEXT_OR_LIST } from './api.ts'
import { cap, flag, list, object, text, unsigned } from './field-rules.ts'

const messages = {
  name: 'anthropic',
  operation: 'chat',
  format: 'anthropic',
  path: '/messages',
  prompt: { field: 'messages', types: ['array'] },
  caps: ['max_tokens'],
  users: ['metadata.user_id'],
  streams: true,
  usageOnRequest: false,
  keepAlive: 'event: ping\ndata: {"type": "ping"}\n\n',
  forwardedHeaders: ['anthropic-version', 'anthropic-beta'],
  betas: { header: 'anthropic-beta' },
  idHeader: 'request-id',
  limits: ANTHROPIC_LIMITS,
  returnedHeaders: limitHeaders(ANTHROPIC_LIMITS),
  toolNames: ANTHROPIC_NAMES,
  objectRoots: true,
  stops: { max: Number.POSITIVE_INFINITY, rejectsBlank: true },
  carriesSeals: true,
  rules: {
    model: text,
    stream: flag,
    max_tokens: cap,
    system: { types: TEXT_OR_LIST },
    metadata: object,
    stop_sequences: list,
    temperature: unsigned,
    top_p: unsigned,
    top_k: unsigned,
    tools: list,
    tool_choice: object,
    thinking: object,
  },
} as const satisfies Api

/** Source: https://docs.claude.com/en/api/claude-on-vertex-ai */
const onVertex = {
  ...messages,
  name: 'vertex-anthropic',
  path: undefined,
  method: (model: string, isStream: boolean) => `/models/${model}:${isStream ? 'streamRawPredict' : 'rawPredict'}`,
  variantOf: 'anthropic',
  variantFields: ['anthropic_version'],
} as const satisfies Api

export const ANTHROPIC_APIS = {
  anthropic: messages,
  'anthropic-count': {
    ...messages,
    name: 'anthropic-count',
    operation: 'count',
    path: '/messages/count_tokens',
    streams: false,
    countField: 'input_tokens',
  },
  'vertex-anthropic': onVertex,
  'vertex-anthropic-count': {
    ...messages,
    name: 'vertex-anthropic-count',
    path: undefined,
    operation: 'count',
    method: () => '/models/count-tokens:rawPredict',
    streams: false,
    countField: 'input_tokens',
  },
} as const satisfies Record<string, Api>
