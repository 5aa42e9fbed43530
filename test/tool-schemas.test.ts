// Schemas of tools and answers, from any client, judged by what the providers refuse.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../src/errors.ts'
import type { ApiName } from '../src/formats/apis/api.ts'
import { APIS } from '../src/formats/apis/apis.ts'
import type { ChatRequest } from '../src/chat/request.ts'
import { encodeFor } from '../src/formats/encode-for.ts'
import { Losses } from '../src/formats/translation/losses.ts'
import { type RulesName, violations } from '../src/sim/rules/violations.ts'
import { runs } from './runs.ts'

const TARGETS: readonly (readonly [ApiName, RulesName, string])[] = [
  ['openai-chat', 'openai-chat', 'gpt-4o'],
  ['openai-chat', 'openai-chat', 'gpt-5.1'],
  ['openai-chat', 'self-hosted-chat', 'qwen3'],
  ['openai-responses', 'openai-responses', 'gpt-5.6'],
  ['anthropic', 'anthropic', 'claude-opus-4-7'],
  ['anthropic', 'anthropic', 'claude-sonnet-4-5'],
  ['bedrock-converse', 'bedrock-converse', 'anthropic.claude-opus-4-7'],
  ['bedrock-converse', 'bedrock-converse', 'amazon.nova-lite-v1:0'],
  ['gemini', 'gemini', 'gemini-2.0-flash'],
  ['gemini', 'gemini', 'gemini-3-flash'],
  ['cohere', 'cohere', 'command-a'],
  ['ollama', 'ollama', 'qwen3'],
]

const name = fc.constantFrom('a', 'b', 'c', '$filter', 'two words')

const { schema } = fc.letrec<{ schema: Record<string, unknown>; any: unknown }>((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, fc.constant(true), fc.constant({}), tie('schema')),
  schema: fc.record(
    {
      type: fc.constantFrom<unknown>(
        'object',
        'string',
        'array',
        'integer',
        ['string', 'null'],
        ['object', 'null'],
        'null',
      ),
      description: fc.constant('About it.'),
      properties: fc.dictionary(name, tie('any'), { maxKeys: 3 }),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: fc.oneof(fc.boolean(), tie('any')),
      items: tie('any'),
      anyOf: fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
      oneOf: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
      allOf: fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
      enum: fc.constantFrom(['x', 'y'], [1, 2], ['x', null]),
      const: fc.constantFrom<unknown>('x', 1, null),
      $ref: fc.constantFrom('#', '#/$defs/A', '#/properties/a', '#/$defs/Gone'),
      $defs: fc.record({ A: tie('any') }),
      minimum: fc.constant(1),
      maxLength: fc.constant(3),
      minItems: fc.constantFrom(0, 1, 2),
      uniqueItems: fc.constant(true),
      format: fc.constantFrom('date-time', 'email', 'phone'),
      not: tie('any'),
    },
    { requiredKeys: [] },
  ),
}))

const request = (fields: Partial<ChatRequest>, format: string): ChatRequest => ({
  format,
  model: 'm',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: false,
  ...fields,
})

/** What the provider would refuse of the translated request; a refusal of ours names its place. */
function refused(canonical: ChatRequest, [to, rules, model]: (typeof TARGETS)[number]): readonly string[] {
  const target = { model, baseModel: model, capabilities: new Set<never>() }
  try {
    const { body } = encodeFor(canonical, APIS[to], target, undefined, new Losses())
    return violations(rules, JSON.parse(JSON.stringify(body)), model)
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    expect(thrown.details.param).toBeString()
    return []
  }
}

const targets = TARGETS.map((target) => [`${target[1]} ${target[2]}`, target] as const)

const level = (at: number) => [`L${at}`, { anyOf: Array.from({ length: 8 }, () => ({ $ref: `#/$defs/L${at + 1}` })) }]
const nest = (depth: number, inner: object): object =>
  depth === 0 ? inner : nest(depth - 1, { type: 'object', properties: { a: inner } })
const many = (count: number, each: (at: number) => object) => Array.from({ length: count }, (_, at) => each(at))

/** Schemas that no client needs, and that a stranger can send. */
const HOSTILE: readonly (readonly [string, object])[] = [
  [
    'a megabyte of properties',
    {
      properties: Object.fromEntries(
        many(20_000, (at) => ({ at })).map((_, at) => [`p${at}`, { type: 'string', maxLength: at }]),
      ),
    },
  ],
  ['great depth', nest(190, { type: 'string', minLength: 1 })],
  ['thousands of alternatives', { anyOf: many(5000, (at) => ({ properties: { [`p${at}`]: { type: 'string' } } })) }],
  ['thousands of alternatives of one property', { allOf: many(900, (at) => ({ properties: { a: { const: at } } })) }],
  [
    'references that multiply',
    { $ref: '#/$defs/L0', $defs: Object.fromEntries(many(30, (at) => ({ at })).map((_, at) => level(at))) },
  ],
  ['a reference to itself', { $ref: '#' }],
  ['references in a circle', { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } }],
  [
    'references to nested parts',
    {
      properties: { x: nest(90, {}) },
      anyOf: many(3000, (at) => ({ $ref: `#/properties/x${'/properties/a'.repeat(at % 90)}?${at}` })),
    },
  ],
  [
    'wrong types everywhere',
    { type: [], properties: [], required: {}, anyOf: { a: 1 }, items: 'x', $ref: 5, $defs: null, enum: 'x' },
  ],
  [
    'hostile names',
    JSON.parse('{"properties":{"__proto__":{"type":"array"},"constructor":{"minLength":1}},"required":["__proto__"]}'),
  ],
]

describe.each(targets)('%s gets a request or the client an error, for', (_title, target) => {
  test.each(HOSTILE)('%s', (_schema, value) => {
    const parameters = value as Record<string, unknown>
    for (const strict of [false, true])
      refused(request({ tools: [{ type: 'function', name: 'f', parameters, strict }] }, 'client'), target)
    refused(request({ output: { type: 'json-schema', schema: parameters } }, 'client'), target)
  })
})

describe.each(targets)('%s accepts', (_title, target) => {
  test.each([undefined, true])('the schema of any tool, strict: %p', (strict) =>
    fc.assert(
      fc.property(schema, fc.constantFrom('client', 'anthropic'), (parameters, format) => {
        if (format === target[0]) return
        const tool = { type: 'function', name: 'f', parameters, ...(strict && { strict }) } as const
        expect(refused(request({ tools: [tool] }, format), target)).toEqual([])
      }),
      runs(),
    ),
  )

  test('any schema of an answer', () =>
    fc.assert(
      fc.property(schema, (value) => {
        const output = { type: 'json-schema', name: 'answer', schema: value } as const
        expect(refused(request({ output }, 'client'), target)).toEqual([])
      }),
      runs(),
    ))
})
