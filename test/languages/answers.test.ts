// Every recorded answer of every language, told in every other: sound, the same in meaning, and the same streamed as whole.
import { describe, expect, test } from 'bun:test'
import { fold } from '../../src/chat/fold.ts'
import type { ChatEvent } from '../../src/chat/event.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { eventsOf, framesOf } from '../stream-events.ts'
import { meaningOf } from './answer-meaning.ts'
import { anybody, bytesOf, language, pairs } from './languages.ts'
import { answerIn, eventsIn, recordedAnswers } from './recordings.ts'

function tellWhole(client: string, answer: ChatResponse, losses: Losses): ChatResponse {
  const { format } = language(client)
  return format.decodeResponse(JSON.parse(JSON.stringify(format.encodeResponse(answer, anybody(client), losses))))
}

function tellStream(client: string, events: Iterable<ChatEvent>): Buffer {
  const { format } = language(client)
  const encoder = format.createEncoder(anybody(client), new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  return bytesOf(format, text + encoder.end())
}

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  const { format, checkStream } = language(client)

  test.each(recordedAnswers(upstream).map((answer) => [answer.file, answer] as const))('%s', (_file, recorded) => {
    const answer = answerIn(upstream, recorded)
    const losses = new Losses()
    const whole = meaningOf(tellWhole(client, answer, losses), client)
    expect(whole).toEqual(meaningOf(answer, client))
    if (answer.choices[0]?.parts.some(({ type }) => type === 'native')) expect(losses.list).not.toEqual([])
    const bytes = tellStream(client, eventsIn(upstream, recorded))
    expect(checkStream(framesOf(format, [bytes]))).toEqual([])
    expect(meaningOf(fold(eventsOf(format, [bytes]), client), client)).toEqual(whole)
  })
})
