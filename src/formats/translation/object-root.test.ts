import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import type { ApiName } from '../apis/api.ts'
import { APIS } from '../apis/apis.ts'
import { encodeFor } from '../encode-for.ts'
import { Losses } from './losses.ts'
import { withObjectRoot } from './object-root.ts'

const text = { type: 'string' }
const count = { type: 'integer' }
const props = (properties: object, ...required: string[]) => ({
  properties,
  ...(required.length > 0 && { required }),
})

const CONDITIONS = `{"properties":{"a":{"type":"string"}},"required":["a"],"if":{},
  "then":{"properties":{"b":{"type":"string"}},"required":["b"]},
  "else":{"properties":{"c":{"type":"string"}},"required":["c"]}}`

describe('the root of a schema becomes a plain object', () => {
  test.each<[string, object, object]>([
    ['nothing to change', { type: 'object', properties: { a: text } }, { type: 'object', properties: { a: text } }],
    ['without a type', { properties: { a: text } }, { type: 'object', properties: { a: text } }],
    ['empty', {}, { type: 'object', properties: {} }],
    [
      'object or null',
      { type: ['object', 'null'], properties: { a: text } },
      { type: 'object', properties: { a: text } },
    ],
    [
      'alternatives of required fields',
      { ...props({ a: text, b: text }), anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      { type: 'object', ...props({ a: text, b: text }) },
    ],
    [
      'a field that every alternative requires',
      { oneOf: [props({ a: text, b: text }, 'a', 'b'), props({ a: text, c: count }, 'c', 'a')] },
      { type: 'object', ...props({ a: text, b: text, c: count }, 'a') },
    ],
    [
      'one field with several schemas',
      { anyOf: [props({ a: text, kind: { const: 'x' } }, 'kind'), props({ a: count, kind: { const: 'y' } }, 'kind')] },
      {
        type: 'object',
        ...props({ a: { anyOf: [text, count] }, kind: { anyOf: [{ const: 'x' }, { const: 'y' }] } }, 'kind'),
      },
    ],
    [
      'all of several',
      { ...props({ a: text }, 'a'), allOf: [props({ b: count }, 'b'), { properties: { a: { minLength: 2 } } }] },
      { type: 'object', ...props({ a: { ...text, minLength: 2 }, b: count }, 'a', 'b') },
    ],
    [
      'a contradiction',
      { ...props({ a: text }), allOf: [props({ a: count })] },
      { type: 'object', ...props({ a: { allOf: [text, count] } }) },
    ],
    [
      'a reference',
      { $ref: '#/$defs/Args', $defs: { Args: { type: 'object', ...props({ a: text }, 'a') } } },
      { $defs: { Args: { type: 'object', ...props({ a: text }, 'a') } }, type: 'object', ...props({ a: text }, 'a') },
    ],
    [
      'references in alternatives',
      { anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }], $defs: { A: props({ a: text }, 'a') } },
      { $defs: { A: props({ a: text }, 'a') }, type: 'object', ...props({ a: text }, 'a') },
    ],
    [
      'a reference to itself',
      { ...props({ a: text }), anyOf: [{ $ref: '#' }, props({ b: text })] },
      { type: 'object', ...props({ a: text, b: text }) },
    ],
    ['a reference to nothing', { $ref: '#/$defs/Gone' }, { type: 'object', properties: {} }],
    ['conditions', JSON.parse(CONDITIONS), { type: 'object', ...props({ a: text, b: text, c: text }, 'a') }],
    [
      'a description is kept',
      { description: 'Both', additionalProperties: false, not: { required: ['b'] }, ...props({ a: text }) },
      { description: 'Both', additionalProperties: false, type: 'object', ...props({ a: text }) },
    ],
    [
      'keys with special names',
      { anyOf: [{ properties: JSON.parse('{"__proto__":{"type":"string"}}') }] },
      { type: 'object', properties: JSON.parse('{"__proto__":{"type":"string"}}') },
    ],
  ])('%s', (_title, schema, expected) => {
    const before = JSON.stringify(schema)
    const folded = withObjectRoot(schema as Record<string, unknown>, 'tools[0]')
    expect(JSON.parse(JSON.stringify(folded))).toEqual(JSON.parse(JSON.stringify(expected)))
    expect(JSON.stringify(schema)).toBe(before)
    expect(withObjectRoot(folded, 'tools[0]')).toBe(folded)
  })

  test.each<[string, object]>([
    ['no lists', { anyOf: 5, allOf: {}, oneOf: 'x', required: 'a', properties: [] }],
    ['no objects', { anyOf: [1, null, 'x', [], true, false], properties: null }],
    ['wrong references', { $ref: 5, anyOf: [{ $ref: '%' }, { $ref: '#/%zz' }, { $ref: 'https://x.example' }] }],
    ['wrong types', { type: 5, anyOf: [{ type: {} }, { type: [3] }], required: [1, {}] }],
  ])('a malformed schema does not throw: %s', (_title, schema) =>
    expect(withObjectRoot(schema as Record<string, unknown>, 'x')).toMatchObject({ type: 'object', properties: {} }),
  )

  test('references that multiply end with an error that names the tool', () => {
    const level = (at: number) => [
      `L${at}`,
      { anyOf: Array.from({ length: 10 }, () => ({ $ref: `#/$defs/L${at + 1}` })) },
    ]
    const schema = { $ref: '#/$defs/L0', $defs: Object.fromEntries(Array.from({ length: 20 }, (_, at) => level(at))) }
    expect(() => withObjectRoot(schema, 'tools[3]')).toThrow('tools[3]: this schema has more than 1000 alternatives')
  })

  test('for any schema, the result is a plain object', () => {
    const leaf = fc.dictionary(
      fc.constantFrom('anyOf', 'oneOf', 'allOf', '$ref', 'properties', 'required', 'type', 'not', 'x'),
      fc.jsonValue({ maxDepth: 5 }),
    )
    fc.assert(
      fc.property(leaf, (schema) => {
        const folded = withObjectRoot(schema, 'x')
        expect(folded).toMatchObject({ type: 'object', properties: {} })
        expect(withObjectRoot(folded, 'x')).toEqual(folded)
      }),
      runs(),
    )
  })
})

describe('upstreams that demand it get it', () => {
  const parameters = { anyOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: text, b: text } }
  const encoded = (to: ApiName, model: string, format = 'client') => {
    const losses = new Losses()
    const canonical = {
      format,
      model: 'm',
      messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'hi' }] }],
      tools: [{ type: 'function' as const, name: 'f', parameters }],
      sampling: {},
      stop: [],
      stream: false,
      wantsUsage: false,
    }
    const target = { model, baseModel: model, capabilities: new Set<never>() }
    const { body } = encodeFor(canonical, APIS[to], target, undefined, losses)
    return { text: JSON.stringify(body), losses: losses.list.map(({ field }) => field) }
  }
  test.each<[ApiName, string]>([
    ['anthropic', 'claude-opus-4-7'],
    ['bedrock-converse', 'anthropic.claude-opus-4-7'],
    ['bedrock-converse', 'amazon.nova-lite-v1:0'],
    ['gemini', 'gemini-2.5-flash'],
    ['gemini', 'gemini-2.0-flash'],
    ['cohere', 'command-a'],
    ['openai-chat', 'gpt-4o'],
    ['openai-responses', 'gpt-5.1'],
  ])('%s %s', (to, model) => {
    const { text, losses } = encoded(to, model)
    expect(text).not.toMatch(/anyOf/i)
    expect(losses).toEqual(['tools[0].parameters'])
  })
  test.each<[ApiName, string, string]>([
    ['openai-chat', 'qwen3', 'anthropic'],
    ['ollama', 'qwen3', 'anthropic'],
    ['anthropic', 'claude-opus-4-7', 'anthropic'],
    ['gemini', 'gemini-2.5-flash', 'gemini'],
  ])('%s %s of a client of %s keeps the schema', (to, model, format) => {
    const { text, losses } = encoded(to, model, format)
    expect(text).toContain('anyOf')
    expect(losses).toEqual([])
  })
})
