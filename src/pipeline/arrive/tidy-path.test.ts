import { expect, test } from 'bun:test'
import { snapshotFrom } from '../../../test/parts.ts'
import { matchPath } from './match-path.ts'
import { tidyPath } from './tidy-path.ts'

const { table } = snapshotFrom({
  providers: { openai: { apiKey: 'x' } },
  models: { a: 'openai/a' },
  routes: { '/v1/a': 'a', '/team': 'a' },
})

test.each([
  ['/v1/v1/messages', '/v1/messages', 'chat'],
  ['/v1/v1/chat/completions', '/v1/chat/completions', 'chat'],
  ['/v1/v1/v1/responses', '/v1/responses', 'chat'],
  ['/v1/v1/messages/count_tokens', '/v1/messages/count_tokens', 'count'],
  ['/v1/v1/models', '/v1/models', 'models'],
  ['/v1/v1beta/models/a:generateContent', '/v1beta/models/a:generateContent', 'chat'],
  ['/v1beta/v1beta/models/a:streamGenerateContent', '/v1beta/models/a:streamGenerateContent', 'chat'],
  ['/v1/v2/rerank', '/v2/rerank', 'rerank'],
  ['/v2/v2/chat', '/v2/chat', 'chat'],
  ['/v2/v1/models', '/v1/models', 'models'],
  ['/v1/api/chat', '/api/chat', 'chat'],
  ['/openai/v1/v1/chat/completions', '/openai/v1/chat/completions', 'chat'],
  ['/v1/a/v1/v1/messages', '/v1/a/v1/messages', 'chat'],
  ['/team/v1/v1/embeddings', '/team/v1/embeddings', 'embeddings'],
  ['/v1//chat/completions', '/v1/chat/completions', 'chat'],
  ['/v1///v1//messages', '/v1/messages', 'chat'],
  ['/team//v1/chat/completions', '/team/v1/chat/completions', 'chat'],
])('%s is %s', (path, tidied, operation) => {
  expect(tidyPath(path)).toBe(tidied)
  expect(matchPath(tidied, table)?.operation).toBe(operation as never)
})

test.each(['/v1', '/v1/v1x/models', '/v1/chat/completions', '/v1/a/v1/chat/completions', '/', '/xv1/v1/models'])(
  '%s stays',
  (path) => expect(tidyPath(path)).toBe(path),
)

test('takes time in proportion to the length of the path', () => {
  const long = '/v1'.repeat(50_000) + '/'.repeat(50_000)
  expect(tidyPath(long)).toBe('/v1/')
})
