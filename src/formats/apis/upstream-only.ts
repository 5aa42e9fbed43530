// Chat languages in which only upstreams are asked.
import { cap } from './field-rules.ts'
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import type { Wire } from './apis.ts'

export type PlainWireName = 'cohere' | 'ollama'

const plain = (name: PlainWireName, path: string, caps: readonly string[]): Wire => ({
  name,
  operation: 'chat',
  language: name,
  path,
  isUpstreamOnly: true,
  prompt: { field: 'messages', types: ['array'] },
  caps,
  users: [],
  streams: true,
  tellsUsageWhenAsked: false,
  keepAlive: undefined,
  forwards: [],
  idHeader: undefined,
  limits: undefined,
  answersWith: [],
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  rules: { max_tokens: cap },
})

export const PLAIN_WIRES: Readonly<Record<PlainWireName, Wire>> = {
  /** Source: https://docs.cohere.com/reference/chat */
  cohere: plain('cohere', '/chat', ['max_tokens']),
  /** Source: https://docs.ollama.com/api/chat */
  ollama: plain('ollama', '/api/chat', ['options.num_predict']),
}
