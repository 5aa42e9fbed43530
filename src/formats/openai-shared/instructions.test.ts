import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import type { Feature } from '../format.ts'
import { fitInstructions, mayNeedFitting } from './instructions.ts'

const HOSTED = new Set<Feature>(['developer-role'])
const TEMPLATED = new Set<Feature>(['developer-role', 'later-instructions'])

const say = (role: string, content: unknown) => ({ role, content })
const [system, developer, user, assistant] = ['system', 'developer', 'user', 'assistant'].map(
  (role) => (content: unknown) => say(role, content),
) as unknown as ((content: unknown) => object)[]
const S = system!
const D = developer!
const U = user!
const A = assistant!
const call = { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f' } }] }
const result = { role: 'tool', tool_call_id: 'a', content: 'found' }

const fitChat = (messages: readonly object[], lacks: ReadonlySet<Feature>) =>
  fitInstructions({ messages }, 'openai-chat', lacks)['messages']

describe('the role developer', () => {
  test.each<[string, readonly object[], readonly object[]]>([
    ['becomes system', [D('Be brief.'), U('hi')], [S('Be brief.'), U('hi')]],
    ['becomes system at its place', [U('hi'), D('Be brief.'), U('go')], [U('hi'), S('Be brief.'), U('go')]],
  ])('%s', (_title, messages, expected) => expect(fitChat(messages, HOSTED)).toEqual(expected as object[]))

  test('is forwarded to servers that know it', () => {
    const body = { messages: [D('Be brief.'), U('hi')] }
    expect(fitInstructions(body, 'openai-chat', new Set())).toBe(body)
  })
})

describe('a server that accepts one leading system message', () => {
  const in_ = (text: string) => `<system>\n${text}\n</system>`
  test.each<[string, readonly object[], readonly object[]]>([
    ['nothing to change', [S('a'), U('hi')], [S('a'), U('hi')]],
    ['two at the beginning', [S('a'), D('b'), U('hi')], [S('a\n\nb'), U('hi')]],
    ['a list of texts', [S([{ type: 'text', text: 'a' }]), S('b'), U('hi')], [S('a\n\nb'), U('hi')]],
    ['one later', [S('a'), U('hi'), S('b'), A('yes'), U('go')], [S('a'), U(`hi\n\n${in_('b')}`), A('yes'), U('go')]],
    ['one before a user', [U('hi'), A('yes'), S('b'), U('go')], [U('hi'), A('yes'), U(`${in_('b')}\n\ngo`)]],
    ['one at the end', [U('hi'), A('yes'), S('b')], [U('hi'), A('yes'), U(in_('b'))]],
    ['two later', [U('hi'), A('yes'), S('b'), D('c')], [U('hi'), A('yes'), U(`${in_('b')}\n\n${in_('c')}`)]],
    ['a call without its result yet', [U('hi'), call, S('b'), result], [U('hi'), call, result, U(in_('b'))]],
    [
      'a result before a user',
      [U('hi'), call, S('b'), result, U('go')],
      [U('hi'), call, result, U(`${in_('b')}\n\ngo`)],
    ],
    [
      'a picture beside it',
      [U([{ type: 'image_url', image_url: { url: 'data:,' } }]), S('b')],
      [
        U([
          { type: 'image_url', image_url: { url: 'data:,' } },
          { type: 'text', text: in_('b') },
        ]),
      ],
    ],
    [
      'a part with fields of its own',
      [S([{ type: 'text', text: 'a', cache_control: {} }]), S('b'), U('hi')],
      [
        S([
          { type: 'text', text: 'a', cache_control: {} },
          { type: 'text', text: 'b' },
        ]),
        U('hi'),
      ],
    ],
  ])('%s', (_title, messages, expected) => expect(fitChat(messages, TEMPLATED)).toEqual(expected as object[]))

  test.each<[string, object, object]>([
    [
      'instructions and a developer item',
      { instructions: 'a', input: [D('b'), U('hi')] },
      { instructions: 'a\n\nb', input: [U('hi')] },
    ],
    ['one item alone', { input: [D('b'), U('hi')] }, { input: [S('b'), U('hi')] }],
    ['text', { instructions: 'a', input: 'developer "system"' }, { instructions: 'a', input: 'developer "system"' }],
    [
      'an item between a call and its output',
      {
        input: [
          U('hi'),
          { type: 'function_call', call_id: 'a' },
          D([{ type: 'input_text', text: 'b' }]),
          { type: 'function_call_output', call_id: 'a' },
        ],
      },
      {
        input: [
          U('hi'),
          { type: 'function_call', call_id: 'a' },
          { type: 'function_call_output', call_id: 'a' },
          U(in_('b')),
        ],
      },
    ],
  ])('Responses: %s', (_title, body, expected) =>
    expect(fitInstructions(body as Record<string, unknown>, 'openai-responses', TEMPLATED)).toEqual(
      expected as Record<string, unknown>,
    ),
  )
})

test.each<[string, unknown]>([
  ['no list', { messages: 'system' }],
  ['no objects', { messages: [null, 'system', 3, []] }],
  ['no content', { messages: [{ role: 'system' }, { role: 'system', content: null }, { role: 5 }] }],
  [
    'other content',
    {
      messages: [
        { role: 'system', content: 5 },
        { role: 'developer', content: [null, 1, {}] },
      ],
    },
  ],
  ['an empty list', { messages: [] }],
  ['no conversation', {}],
])('a malformed conversation does not throw: %s', (_title, body) => {
  fitInstructions(body as Record<string, unknown>, 'openai-chat', TEMPLATED)
})

test('for any conversation, a body that changes is found by its bytes, and every text is kept', () => {
  const message = fc.record({
    role: fc.constantFrom('system', 'developer', 'user', 'assistant'),
    content: fc.oneof(fc.string(), fc.array(fc.record({ type: fc.constant('text'), text: fc.string() }))),
  })
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), fc.constantFrom(HOSTED, TEMPLATED), (messages, lacks) => {
      const body = { messages }
      const fitted = fitInstructions(body, 'openai-chat', lacks) as typeof body
      if (fitted !== body) expect(mayNeedFitting(Buffer.from(JSON.stringify(body)), lacks)).toBe(true)
      const text = JSON.stringify(fitted.messages)
      for (const { content } of messages)
        for (const each of typeof content === 'string' ? [content] : content.map((part) => part.text))
          expect(text).toContain(JSON.stringify(each).slice(1, -1))
      if (lacks !== TEMPLATED) return
      expect(fitted.messages.slice(1).some(({ role }) => role === 'system')).toBe(false)
      expect(fitInstructions(fitted, 'openai-chat', lacks)).toBe(fitted)
    }),
    runs(),
  )
})
