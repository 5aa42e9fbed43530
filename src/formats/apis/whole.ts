// The common description of APIs without streams and output caps: embeddings, reranking, moderation.
import { limitHeaders, OPENAI_LIMITS } from '../translation/rate-limits.ts'
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import type { Api, ApiName } from './api.ts'
import { type FieldRule, text } from './field-rules.ts'

/** An API whose responses are never streamed. */
export const whole = (
  name: ApiName,
  operation: Api['operation'],
  path: string | undefined,
  prompt: Api['prompt'],
  rules: Readonly<Record<string, FieldRule>> = { model: text },
): Api => ({
  name,
  operation,
  path,
  prompt,
  rules,
  caps: [],
  users: ['user'],
  streams: false,
  usageOnRequest: false,
  keepAlive: undefined,
  forwardedHeaders: [],
  idHeader: undefined,
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  limits: OPENAI_LIMITS,
  returnedHeaders: limitHeaders(OPENAI_LIMITS),
  format: 'openai-chat',
})

/** The same for an API that Sluice uses only for upstreams. */
export const wholeUpstream = (
  name: ApiName,
  operation: Api['operation'],
  path: string,
  prompt: Api['prompt'],
): Api => ({ ...whole(name, operation, path, prompt), isUpstreamOnly: true })
