// Every recorded response of every format, translated into every other: valid, with the same meaning, streamed and whole.
import { describe, expect, test } from 'bun:test'
import { fold } from '../../src/chat/fold.ts'
import type { ChatEvent } from '../../src/chat/event.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { eventsOf, framesOf } from '../stream-events.ts'
import { meaningOf } from './response-meaning.ts'
import { answerFacts, bytesOf, testedFormat, pairs } from './tested-formats.ts'
import { responseIn, eventsIn, recordedResponses } from './recordings.ts'

function encodeWhole(client: string, answer: ChatResponse, losses: Losses): ChatResponse {
  const { format } = testedFormat(client)
  return format.decodeResponse(JSON.parse(JSON.stringify(format.encodeResponse(answer, answerFacts(client), losses))))
}

function encodeStream(client: string, events: Iterable<ChatEvent>): Buffer {
  const { format } = testedFormat(client)
  const encoder = format.createEncoder(answerFacts(client), new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  return bytesOf(format, text + encoder.end())
}

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  const { format, checkStream } = testedFormat(client)

  test.each(recordedResponses(upstream).map((answer) => [answer.file, answer] as const))('%s', (_file, recorded) => {
    const answer = responseIn(upstream, recorded)
    const losses = new Losses()
    const whole = meaningOf(encodeWhole(client, answer, losses), client)
    expect(whole).toEqual(meaningOf(answer, client))
    if (answer.choices[0]?.parts.some(({ type }) => type === 'native')) expect(losses.list).not.toEqual([])
    const bytes = encodeStream(client, eventsIn(upstream, recorded))
    expect(checkStream(framesOf(format, [bytes]))).toEqual([])
    expect(meaningOf(fold(eventsOf(format, [bytes]), client), client)).toEqual(whole)
  })
})
