import { expect, test } from 'bun:test'
import type { ApiName } from '../../formats/apis/api.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { upstreamFacts } from './upstream-facts.ts'

const given = {
  'request-id': 'req_1',
  'anthropic-ratelimit-tokens-remaining': '7',
  'anthropic-organization-id': 'org',
  'set-cookie': 'a=b',
  'cf-ray': 'x',
}

test.each<[string, ApiName, ApiName, Record<string, string>]>([
  ['to its own clients as they are', 'anthropic', 'anthropic', { 'anthropic-ratelimit-tokens-remaining': '7' }],
  ["in OpenAI's words to OpenAI's clients", 'anthropic', 'openai-chat', { 'x-ratelimit-remaining-tokens': '7' }],
  ['not to those who have no words for them', 'anthropic', 'gemini', {}],
])(
  "an upstream's limits are told %s, and nothing else of its headers but the request's id",
  (_title, from, to, limits) =>
    expect(upstreamFacts(new Headers(given), APIS[from], APIS[to])).toEqual({
      'x-sluice-upstream-request-id': 'req_1',
      ...limits,
    }),
)
