// The simulated server, tested through Bedrock's Converse.
import { afterAll, describe, expect, test } from 'bun:test'
import { fold } from '../chat/fold.ts'
import { bedrockConverse } from '../formats/bedrock-converse/index.ts'
import { checkStream } from '../formats/bedrock-converse/grammar.ts'
import { awsEventStreamFrames } from '../codecs/framing/aws-event-stream.ts'
import { expectedText } from './expected.ts'
import { readFault } from './faults/fault.ts'
import { createSimServer } from './server.ts'

const server = await createSimServer({ speed: 0, model: 'amazon.nova-lite-v1:0' })
afterAll(() => server.stop())

const send = (method: string, body: object = { messages: [{ role: 'user', content: [{ text: 'Grüße' }] }] }) =>
  fetch(`${server.url}/model/${encodeURIComponent('amazon.nova-lite-v1:0')}/${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })

const text = expectedText({ model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: 'Grüße' }] })

test('a whole response', async () => {
  const answer = bedrockConverse.decodeResponse(await (await send('converse')).json())
  expect(answer.choices[0]).toEqual({ parts: [{ type: 'text', text }], finish: { reason: 'stop', native: 'end_turn' } })
  expect(answer.usage!.output).toBeGreaterThan(0)
})

describe.each([false, true])('with a server that can break connections: %p', (breakable) => {
  test('a stream of binary events has the same text', async () => {
    if (breakable) await server.faults.arm(readFault({ kind: 'reset', rate: 0 }))
    const response = await send('converse-stream')
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    const frames = awsEventStreamFrames().push(await response.bytes())
    expect(checkStream(frames)).toEqual([])
    const decoder = bedrockConverse.createDecoder()
    const events = frames.flatMap((frame) => decoder.push(frame))
    expect(fold(events, 'bedrock-converse').choices[0]!.parts).toEqual([{ type: 'text', text }])
  })
})

test('an error has its AWS name', async () => {
  const response = await send('converse', { messages: 5 })
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({
    __type: 'ValidationException',
    message: 'messages must be a list, not a number.',
  })
})
