// Reasoning of another maker in the history of a client that has the upstream's own format: the rest is sent unchanged.
import { describe, expect, test } from 'bun:test'
import type { JsonObject } from '../../src/codecs/json/object.ts'
import { claude as events, translateResponse, translateStream } from '../formats/translate.ts'
import { encode, type Options } from './encode.ts'

const THINKING = { type: 'thinking', thinking: 'Hm.', signature: 'sluice.1.gemini.s.SIG' }
const signed = (signature: string) => ({ reasoningContent: { reasoningText: { text: 'Hm.', signature } } })
const hidden = (data: string) => ({ reasoningContent: { redactedContent: data } })
const base64 = (text: string) => Buffer.from(text).toString('base64')

const claude = (content: object[]) => ({
  model: 'm',
  max_tokens: 2000,
  messages: [
    { role: 'user', content: 'One.' },
    { role: 'assistant', content },
    { role: 'user', content: 'Two.' },
  ],
})
const converse = (content: object[]) => ({
  messages: [
    { role: 'user', content: [{ text: 'One.' }] },
    { role: 'assistant', content },
    { role: 'user', content: [{ text: 'Two.' }] },
  ],
})
const NOVA = { model: 'us.amazon.nova-2-lite-v1:0' }

describe('a turn of it alone is left out', () => {
  test('for Anthropic', () => {
    const { body, losses, violations } = encode('anthropic', 'anthropic', claude([THINKING]))
    expect(violations).toEqual([])
    expect((body['messages'] as JsonObject[]).map(({ content }) => content)).toEqual(['One.', 'Two.'])
    expect(losses.map(({ field }) => field)).toEqual(['messages[1].content[0]'])
  })

  test.each<[string, object]>([
    ['signed by Gemini', signed('sluice.1.gemini.s.SIG')],
    ['without a signature', signed('sluice.1.none.s.')],
    ['hidden', hidden(base64('sluice.1.openai-responses.d.DATA'))],
  ])('for Bedrock, whose roles alternate: %s', (_title, block) => {
    const { body, losses, violations } = encode('bedrock-converse', 'bedrock-converse', converse([block]))
    expect(violations).toEqual([])
    expect(body['messages']).toEqual([{ role: 'user', content: [{ text: 'One.' }, { text: 'Two.' }] }])
    expect(losses.map(({ field }) => field)).toEqual(['messages[1].content[0]'])
  })
})

describe('a call that lost it', () => {
  const thinkingAfter = (thinking: object, ...turns: object[]) => {
    const { body, violations } = encode('anthropic', 'anthropic', {
      model: 'm',
      max_tokens: 8000,
      thinking,
      tools: [{ name: 'ls', input_schema: { type: 'object', properties: {} } }],
      messages: [
        { role: 'user', content: 'One.' },
        { role: 'assistant', content: [THINKING, { type: 'tool_use', id: 'a', name: 'ls', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }] },
        ...turns,
      ],
    })
    expect(violations).toEqual([])
    return body['thinking']
  }
  const budget = { type: 'enabled', budget_tokens: 2000 }

  test('is continued without a budget, with which Claude demands it', () =>
    expect(thinkingAfter(budget)).toBeUndefined())
  test('matters in the current tool loop only', () => {
    const later = [
      { role: 'assistant', content: 'Done.' },
      { role: 'user', content: 'Two.' },
    ]
    expect(thinkingAfter(budget, ...later)).toEqual(budget)
  })
  test('does not matter to adaptive thinking', () =>
    expect(thinkingAfter({ type: 'adaptive' })).toEqual({ type: 'adaptive' }))
})

describe('what else the turn has stays', () => {
  test('for Anthropic', () => {
    const { body } = encode('anthropic', 'anthropic', claude([THINKING, { type: 'text', text: 'So.' }]))
    expect((body['messages'] as JsonObject[])[1]!['content']).toEqual([{ type: 'text', text: 'So.' }])
  })

  test('for Bedrock', () => {
    const request = converse([signed('sluice.1.gemini.s.SIG'), { text: 'So.' }])
    const { body } = encode('bedrock-converse', 'bedrock-converse', request)
    expect((body['messages'] as JsonObject[])[1]!['content']).toEqual([{ text: 'So.' }])
  })
})

describe("reasoning that Bedrock's model reads is sent back:", () => {
  test.each<[string, object, object, Options]>([
    ['its own', signed('SIG'), signed('SIG'), {}],
    ['its own, hidden', hidden('aGk='), hidden('aGk='), NOVA],
    ['its own, without a signature', signed(''), signed(''), NOVA],
    ["Claude's of Anthropic", signed('sluice.1.anthropic.s.SIG'), signed('SIG'), {}],
    ["Claude's of Anthropic, hidden", hidden(base64('sluice.1.anthropic.d.aGk=')), hidden('aGk='), {}],
  ])('%s', (_title, block, expected, options) => {
    const { body, losses } = encode('bedrock-converse', 'bedrock-converse', converse([block, { text: 'So.' }]), options)
    expect((body['messages'] as JsonObject[])[1]!['content']).toEqual([expected, { text: 'So.' }])
    expect(losses).toEqual([])
  })

  test("but Claude's is not sent to another model", () => {
    const request = converse([signed('sluice.1.anthropic.s.SIG'), { text: 'So.' }])
    const { body, losses } = encode('bedrock-converse', 'bedrock-converse', request, NOVA)
    expect((body['messages'] as JsonObject[])[1]!['content']).toEqual([{ text: 'So.' }])
    expect(losses).toHaveLength(1)
  })
})

describe("hidden reasoning of Claude reaches a Converse client as bytes, which AWS's libraries decode", () => {
  const block = { type: 'redacted_thinking', data: 'aGk=' }
  const expected = { reasoningContent: { redactedContent: base64('sluice.1.anthropic.d.aGk=') } }
  test('whole', () => {
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' }
    const usage = { input_tokens: 1, output_tokens: 1 }
    const whole = { ...message, usage, content: [block, { type: 'text', text: 'So.' }] }
    const { output } = translateResponse('bedrock-converse', 'anthropic', whole)
    expect(output).toMatchObject({ message: { content: [expected, { text: 'So.' }] } })
  })

  test('and streamed', () => {
    const hiddenBlock = [
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_stop', index: 0 },
    ]
    const sent = [events.start(), ...hiddenBlock, ...events.text(1, 'So.'), ...events.end('end_turn')]
    const { frames } = translateStream('bedrock-converse', 'anthropic', sent)
    expect(frames.map(({ data }) => JSON.parse(data) as unknown)).toContainEqual(
      expect.objectContaining({ delta: expected }),
    )
  })
})
