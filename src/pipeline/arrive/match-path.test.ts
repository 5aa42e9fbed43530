import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../../test/parts.ts'
import { matchPath } from './match-path.ts'
import { growth, LINEAR } from '../../../test/growth.ts'
import { runs } from '../../../test/runs.ts'

const { table } = snapshotFrom({
  providers: { openai: { apiKey: 'x' } },
  models: { a: 'openai/a', b: 'openai/b' },
  routes: {
    '/v1/a': 'a',
    '/v1/ab-test': { split: { a: 1, b: 1 } },
    '/team': 'b',
    '/team/chat': 'a',
    '/v1/models-of-b': 'b',
  },
})

/** `operation route model`; the open route is `-`. */
function shown(path: string): string | undefined {
  const match = matchPath(path, table)
  if (!match) return undefined
  const model = match.pathModel === undefined ? '' : ` ${match.pathModel}`
  return `${match.operation} ${match.route.path || '-'}${model}`
}

describe('a path is split into operation, route and model', () => {
  test.each([
    ['/v1/chat/completions', 'chat -'],
    ['/chat/completions', 'chat -'],
    ['/v1/completions', 'completions -'],
    ['/completions', 'completions -'],
    ['/v1/embeddings', 'embeddings -'],
    ['/embeddings', 'embeddings -'],
    ['/v1/models', 'models -'],
    ['/models', 'models -'],
    ['/openai/v1/chat/completions', 'chat -'],
    ['/openai/chat/completions', 'chat -'],
    ['/openai/v1/models', 'models -'],
    ['/v1/responses', 'chat -'],
    ['/openai/responses', 'chat -'],

    ['/v1/a/chat/completions', 'chat /v1/a'],
    ['/v1/a/v1/chat/completions', 'chat /v1/a'],
    ['/v1/a/openai/v1/embeddings', 'embeddings /v1/a'],
    ['/v1/ab-test/completions', 'completions /v1/ab-test'],
    ['/v1/ab-test/models', 'models /v1/ab-test'],
    ['/v1/models-of-b/chat/completions', 'chat /v1/models-of-b'],
    ['/team/chat/completions', 'chat /team'],
    ['/team/v1/chat/completions', 'chat /team'],
    ['/team/chat/chat/completions', 'chat /team/chat'],
    ['/team/chat/v1/completions', 'completions /team/chat'],

    ['/openai/deployments/gpt-4o/chat/completions', 'chat - gpt-4o'],
    ['/openai/deployments/gpt%204o/chat/completions', 'chat - gpt 4o'],
    ['/openai/deployments/org%2Fmodel/embeddings', 'embeddings - org/model'],
    ['/openai/deployments/100%/completions', 'completions - 100%'],
    ['/v1/a/openai/deployments/a/chat/completions', 'chat /v1/a a'],
    ['/openai/deployments/auto/chat/completions', 'chat - auto'],

    ['/v1/models/gpt-4o', 'models - gpt-4o'],
    ['/models/gpt-4o', 'models - gpt-4o'],
    ['/v1/models/meta-llama/Llama-3.2-1B', 'models - meta-llama/Llama-3.2-1B'],
    ['/v1/models/meta-llama%2FLlama-3.2-1B', 'models - meta-llama/Llama-3.2-1B'],
    ['/v1/models/caf%C3%A9', 'models - café'],
    ['/v1/models/%ff', 'models - %ff'],
    ['/v1/models/models', 'models - models'],
    ['/v1/a/models/b', 'models /v1/a b'],

    ['/v1beta/models/e:embedContent', 'embeddings - e'],
    ['/v1/models/e:batchEmbedContents', 'embeddings - e'],
    ['/v1/a/v1beta/models/a:batchEmbedContents', 'embeddings /v1/a a'],
    ['/v1/rerank', 'rerank -'],
    ['/v2/rerank', 'rerank -'],
    ['/team/v2/rerank', 'rerank /team'],
    ['/v2/chat', 'chat -'],
    ['/v1/v2/chat', 'chat -'],
    ['/team/v2/chat', 'chat /team'],
    ['/v2/embed', 'embeddings -'],
    ['/v1/a/rerank', 'rerank /v1/a'],
    ['/v1/moderations', 'moderations -'],
  ])('%s: %s', (path, expected) => expect(shown(path)).toBe(expected))
})

describe('no operation is at', () => {
  test.each([
    '',
    '/',
    '/v1',
    '/v1/chat',
    '/v1/chat/completions/x',
    '/v1/chat/completionsx',
    'xchat/completions',
    '/v2/chat/completions',
    '/v2/embeddings',
    '/v1/v1/chat/completions',
    '/v1/nowhere/chat/completions',
    '/v1/A/chat/completions',
    '/v1/%61/chat/completions',
    '/V1/chat/completions',
    '/v1//chat/completions',
    '/v1/openai/chat/completions',
    '/openai/deployments/chat/completions',
    '/openai/deployments/a/b/chat/completions',
    '/deployments/a/chat/completions',
    '/v1/responsesx',
    '/v1/modelsx',
    '/nowhere/models',
  ])('%p', (path) => expect(shown(path)).toBeUndefined())
})

test.each<[title: string, part: string]>([
  ['models', '/models/'],
  ['methods', '/models/a:'],
  ['ids of models', '/model/a/'],
  ['pages', '/api/tags'],
  ['deployments', '/openai/deployments/'],
  ['versions', '/v1'],
  ['slashes', '/'],
])('a path of many %s takes time in proportion to its length', (_title, part) => {
  const ofLength = (count: number) => part.repeat(count)
  expect(growth(2000, ofLength, (path) => matchPath(path, table))).toBeLessThan(LINEAR)
})

test('any path gives a match or undefined, and never throws', () => {
  const part = fc.constantFrom(
    '/',
    'v1',
    'openai',
    'deployments',
    'chat',
    'completions',
    'models',
    '%',
    '%2F',
    'a',
    'team',
    '..',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part).map((parts) => parts.join('')),
        fc.string(),
      ),
      (path) => void shown(path),
    ),
    runs(),
  )
})
