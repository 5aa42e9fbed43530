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
  [
    'unchanged to clients of the same format',
    'anthropic',
    'anthropic',
    { 'anthropic-ratelimit-tokens-remaining': '7' },
  ],
  ["with OpenAI's names to OpenAI's clients", 'anthropic', 'openai-chat', { 'x-ratelimit-remaining-tokens': '7' }],
  ['not to clients whose format has none', 'anthropic', 'gemini', {}],
])("an upstream's rate limits are sent %s, and no other header but the request id", (_title, from, to, limits) =>
  expect(upstreamFacts(new Headers(given), APIS[from], APIS[to])).toEqual({
    'x-sluice-upstream-request-id': 'req_1',
    ...limits,
  }),
)
