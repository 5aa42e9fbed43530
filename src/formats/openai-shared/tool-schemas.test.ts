import { expect, test } from 'bun:test'
import type { ChatRequest } from '../../chat/request.ts'
import { Losses } from '../translation/losses.ts'
import { withOpenaiSchemas } from './tool-schemas.ts'

function fitted(parameters: Record<string, unknown>, strict?: boolean) {
  const losses = new Losses()
  const request = { tools: [{ type: 'function', name: 'f', parameters, ...(strict !== undefined && { strict }) }] }
  const { tools } = withOpenaiSchemas(request as unknown as ChatRequest, losses)
  return { tool: tools[0], isSame: tools === (request.tools as unknown), losses: losses.list.map(({ field }) => field) }
}

const object = (properties: object, required: string[] = [], more: object = {}) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  ...more,
})
const text = { type: 'string' }

test.each<[string, Record<string, unknown>, object]>([
  ['at the top', object({ a: { type: 'array' } }), object({ a: { type: 'array', items: {} } })],
  [
    'inside of lists and definitions',
    object({ a: { type: 'array', items: { type: 'array' } } }, [], { $defs: { B: { anyOf: [{ type: 'array' }] } } }),
    object({ a: { type: 'array', items: { type: 'array', items: {} } } }, [], {
      $defs: { B: { anyOf: [{ type: 'array', items: {} }] } },
    }),
  ],
])('a list without items gets any items: %s', (_title, parameters, expected) => {
  const before = JSON.stringify(parameters)
  expect(fitted(parameters)).toMatchObject({ tool: { parameters: expected }, losses: [] })
  expect(JSON.stringify(parameters)).toBe(before)
})

test.each<[string, Record<string, unknown>, boolean]>([
  ['closed, all required', object({ a: text }, ['a']), true],
  ['with alternatives inside', object({ a: { anyOf: [text, { type: 'null' }] } }, ['a']), true],
  ['an optional property', object({ a: text }), false],
  ['open', object({ a: text }, ['a'], { additionalProperties: true }), false],
  ['open inside', object({ a: { type: 'object' } }, ['a']), false],
  ['all of several', object({ a: { allOf: [text] } }, ['a']), false],
  ['no object', text, false],
])('a strict tool stays strict only if OpenAI accepts its schema: %s', (_title, parameters, isStrict) => {
  const { tool, isSame, losses } = fitted(parameters, true)
  expect(isSame).toBe(isStrict)
  expect(tool).toEqual({ type: 'function', name: 'f', parameters, ...(isStrict && { strict: true }) })
  expect(losses).toEqual(isStrict ? [] : ['tools[0].strict'])
})

test('a tool without strict keeps its schema', () => expect(fitted(object({ a: text })).isSame).toBe(true))
