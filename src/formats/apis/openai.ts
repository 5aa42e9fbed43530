// OpenAI's APIs for text. Source: https://platform.openai.com/docs/api-reference
import { OPENAI_ANSWERS, OPENAI_LIMITS } from '../translation/rate-limits.ts'
import { OPENAI_IDS } from '../translation/tool-ids.ts'
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, type ApiBase, COMMENT, TEXT_OR_LIST } from './api.ts'
import { cap, count, flag, list, number, object, text, unsigned } from './field-rules.ts'
import { whole } from './whole.ts'

const TOOL_CHOICE = { types: ['string', 'object'] } as const

const common = {
  users: ['user', 'safety_identifier'],
  streams: true,
  keepAlive: COMMENT,
  forwardedHeaders: ['openai-beta'],
  idHeader: undefined,
  limits: OPENAI_LIMITS,
  returnedHeaders: OPENAI_ANSWERS,
  toolNames: OPENAI_NAMES,
} as const

const chat: ApiBase = {
  ...common,
  format: 'openai-chat',
  caps: ['max_completion_tokens', 'max_tokens'],
  usageOnRequest: true,
  toolIds: OPENAI_IDS,
  carriesSeals: false,
  rules: {
    model: text,
    stream: flag,
    stream_options: object,
    user: text,
    safety_identifier: text,
    max_tokens: cap,
    max_completion_tokens: cap,
    n: count,
    temperature: unsigned,
    top_p: unsigned,
    presence_penalty: number,
    frequency_penalty: number,
    seed: { ...number, integer: true },
    stop: { types: TEXT_OR_LIST },
    tools: list,
    tool_choice: TOOL_CHOICE,
    response_format: object,
    logit_bias: object,
  },
}

const responses = {
  ...common,
  name: 'openai-responses',
  operation: 'chat',
  format: 'openai-responses',
  path: '/responses',
  stops: { max: 0 },
  prompt: { field: 'input', types: TEXT_OR_LIST, or: ['prompt', 'previous_response_id', 'conversation'] },
  caps: ['max_output_tokens'],
  usageOnRequest: false,
  carriesSeals: true,
  rules: {
    model: text,
    stream: flag,
    instructions: { types: TEXT_OR_LIST },
    user: text,
    safety_identifier: text,
    max_output_tokens: cap,
    temperature: unsigned,
    top_p: unsigned,
    tools: list,
    tool_choice: TOOL_CHOICE,
    text: object,
    reasoning: object,
  },
} as const satisfies Api

export const OPENAI_APIS = {
  'openai-chat': {
    ...chat,
    name: 'openai-chat',
    operation: 'chat',
    path: '/chat/completions',
    prompt: { field: 'messages', types: ['array'] },
  },
  'openai-responses': responses,
  'openai-responses-count': {
    ...responses,
    name: 'openai-responses-count',
    operation: 'count',
    path: '/responses/input_tokens',
    streams: false,
    countField: 'input_tokens',
    countObject: 'response.input_tokens',
  },
  'openai-responses-compact': {
    ...responses,
    name: 'openai-responses-compact',
    operation: 'compact',
    path: '/responses/compact',
    streams: false,
  },
  'openai-completions': {
    ...chat,
    name: 'openai-completions',
    operation: 'completions',
    translatesTo: 'chat',
    path: '/completions',
    prompt: { field: 'prompt', types: TEXT_OR_LIST },
  },
  'openai-embeddings': {
    ...chat,
    name: 'openai-embeddings',
    operation: 'embeddings',
    path: '/embeddings',
    prompt: { field: 'input', types: TEXT_OR_LIST },
    streams: false,
    keepAlive: undefined,
  },
  'openai-moderations': whole('openai-moderations', 'moderations', '/moderations', {
    field: 'input',
    types: TEXT_OR_LIST,
  }),
} as const satisfies Record<string, Api>
