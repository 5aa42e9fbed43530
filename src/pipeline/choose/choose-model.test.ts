import { describe, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { chooseModel } from './choose-model.ts'

const arms = { small: 70, large: 30, retired: 0 }
const snapshot = snapshotFrom({
  providers: { openai: { apiKey: 'x' } },
  models: {
    small: { targets: ['openai/s'], aliases: ['tiny'] },
    large: 'openai/l',
    retired: 'openai/r',
    'gpt-*': 'openai/gpt-*',
  },
  routes: {
    '/v1/s': 'tiny',
    '/user': { split: arms, sticky: 'user' },
    '/key': { split: arms, sticky: 'key' },
    '/session': { split: arms, sticky: 'session' },
    '/header': { split: arms, sticky: 'header:X-Tenant' },
    '/none': { split: arms },
  },
})

interface Facts {
  readonly prefix?: string
  readonly model?: string | null
  readonly user?: string
  readonly headers?: Record<string, string>
  readonly id?: string
  readonly principal?: string
}

function choose({ prefix = '', model, user, headers, id, principal }: Facts) {
  const body = { messages: [1], ...(model !== undefined && { model }), ...(user !== undefined && { user }) }
  const call = callFor(snapshot, {
    path: `${prefix}/chat/completions`,
    body,
    ...(headers && { headers }),
    ...(id && { id }),
  })
  if (principal) call.principal = { id: principal, role: 'admin' }
  return chooseModel(call)
}

function errorOf(facts: Facts): string {
  try {
    choose(facts)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `${thrown.code}: ${thrown.message}`
  }
  return 'none'
}

describe('the requested model', () => {
  test.each<[string, Facts, string, string | undefined]>([
    ['by name', { model: 'small' }, 'small', undefined],
    ['by alias', { model: 'tiny' }, 'small', undefined],
    ['by wildcard', { model: 'gpt-5' }, 'gpt-*', '5'],
    [
      'by path, though the body names another',
      { prefix: '/openai/deployments/large', model: 'small' },
      'large',
      undefined,
    ],
    ['a bound route alone', { prefix: '/v1/s' }, 'small', undefined],
    ['a bound route and null', { prefix: '/v1/s', model: null }, 'small', undefined],
    ['a bound route and an empty name', { prefix: '/v1/s', model: '' }, 'small', undefined],
    ['a bound route and auto', { prefix: '/v1/s', model: 'auto' }, 'small', undefined],
    ['a bound route and its model', { prefix: '/v1/s', model: 'small' }, 'small', undefined],
    ['a bound route and an alias of its model', { prefix: '/v1/s', model: 'tiny' }, 'small', undefined],
  ])('%s', (_title, facts, name, matched) => {
    const { found, split } = choose(facts)
    expect([found.model.name, found.matched, split]).toEqual([name, matched, undefined])
  })
})

describe('a model that does not exist, or that the route does not serve', () => {
  test.each<[string, Facts, string]>([
    ['no name', {}, 'missing_required_parameter: "model" is missing.'],
    ['an empty name', { model: '' }, 'missing_required_parameter: "model" is missing.'],
    ['a typing error', { model: 'smal' }, 'model_not_found: There is no model "smal". Did you mean "small"?'],
    [
      'a name unlike any other',
      { model: 'zebra' },
      'model_not_found: There is no model "zebra". There are "small", "large", "retired", "tiny".',
    ],
    [
      'auto on the open route',
      { model: 'auto' },
      'model_not_found: There is no model "auto". "auto" works on a route that is bound',
    ],
    [
      'not the model of the route',
      { prefix: '/v1/s', model: 'large' },
      'model_not_found: The route /v1/s does not serve the model "large". Send one of "tiny", "auto"',
    ],
    [
      'an unknown model on a bound route',
      { prefix: '/v1/s', model: 'zebra' },
      'model_not_found: The route /v1/s does not serve',
    ],
    [
      'not an arm of the split',
      { prefix: '/user', model: 'gpt-5' },
      'model_not_found: The route /user does not serve the model "gpt-5". Send one of "small", "large", "retired", "auto"',
    ],
    ['a very long name', { model: 'x'.repeat(5000) }, `model_not_found: There is no model "${'x'.repeat(100)}..."`],
    ['the name of a built-in property', { model: '__proto__' }, 'model_not_found'],
  ])('%s', (_title, facts, message) => expect(errorOf(facts)).toStartWith(message))
})

const KEYS = Array.from({ length: 60 }, (_, index) => `k${index}`)
const armOf = (facts: Facts) => choose(facts).split!.arm

describe('a split sticks to the configured value', () => {
  test.each<[string, string, (key: string) => Facts]>([
    ['the user', '/user', (user) => ({ user })],
    ['the key', '/key', (principal) => ({ principal })],
    ['the session', '/session', (key) => ({ headers: { 'x-session-id': key } })],
    ['the conversation', '/session', (key) => ({ headers: { 'x-conversation-id': key } })],
    ['a header', '/header', (key) => ({ headers: { 'x-tenant': key } })],
  ])('%s', (_title, prefix, factsOf) => {
    const armsOf = (id: string) => KEYS.map((key) => armOf({ prefix, ...factsOf(key), id }))
    expect(armsOf('one')).toEqual(armsOf('two'))
    expect(new Set(armsOf('one'))).toEqual(new Set(['small', 'large']))
  })

  test.each(['/user', '/key', '/session', '/header', '/none'])(
    '%s gives each request an arm of its own if it has no such value',
    (prefix) => expect(new Set(KEYS.map((id) => armOf({ prefix, id })))).toEqual(new Set(['small', 'large'])),
  )

  test('a split that sticks to nothing does not stick to the user', () =>
    expect(new Set(KEYS.map((id) => armOf({ prefix: '/none', id, user: 'ann' }))).size).toBe(2))

  test('an arm as the model name is accepted and does not choose the arm', () =>
    expect(new Set(KEYS.map((user) => armOf({ prefix: '/user', model: 'small', user }))).size).toBe(2))
})

describe('an arm that x-sluice-arm requests', () => {
  const headers = { 'x-sluice-arm': 'retired' }
  test('is used for an admin, even at weight 0, and reported as forced', () =>
    expect(choose({ prefix: '/user', headers, principal: 'master' }).split).toEqual({
      split: '/user',
      arm: 'retired',
      forced: true,
    }))

  test('is ignored for other clients', () => {
    for (const user of KEYS) expect(choose({ prefix: '/user', headers, user }).split).toMatchObject({ forced: false })
  })

  test('must be an arm of the split', () =>
    expect(errorOf({ prefix: '/user', headers: { 'x-sluice-arm': 'tiny' }, principal: 'master' })).toBe(
      'invalid_request: x-sluice-arm does not name an arm of this split. Its arms: "small", "large", "retired".',
    ))
})
