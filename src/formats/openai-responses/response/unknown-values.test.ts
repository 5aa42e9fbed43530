// Values of other formats that this format does not have.
import { expect, test } from 'bun:test'
import type { ChatResponse } from '../../../chat/response.ts'
import { Losses } from '../../translation/losses.ts'
import { openaiResponses } from '../index.ts'

const FACTS = { model: undefined, stream: undefined }
const request = openaiResponses.decodeRequest({ model: 'm', input: 'hi' }, FACTS)
const write = (answer: Partial<ChatResponse>) =>
  openaiResponses.encodeResponse(
    {
      format: 'openai-chat',
      choices: [{ parts: [{ type: 'text', text: 'Hi.' }], finish: { reason: 'stop' } }],
      ...answer,
    },
    { request, id: 'abc', created: 1, model: undefined },
    new Losses(),
  )

test.each([
  ['priority', 'priority'],
  ['on_demand', 'default'],
  [undefined, 'default'],
])('the tier %p becomes %s', (tier, expected) => {
  expect(write(tier === undefined ? {} : { tier })).toMatchObject({ service_tier: expected })
})

test('every token has bytes: its own, those of its text, or none if it is not a complete character', () => {
  const token = (text: string, bytes?: number[]) => ({ token: text, logprob: -1, ...(bytes && { bytes }) })
  const logprobs = [
    { ...token('H', [72]), top: [token('é')] },
    { ...token('\uFFFD'), top: [] },
  ]
  const answer = write({ choices: [{ parts: [{ type: 'text', text: 'Hi.' }], finish: { reason: 'stop' }, logprobs }] })
  expect(answer).toMatchObject({
    output: [{ content: [{ logprobs: [{ bytes: [72], top_logprobs: [{ bytes: [195, 169] }] }, { bytes: [] }] }] }],
  })
})
