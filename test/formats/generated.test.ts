// Generated responses in every format: valid, with the same meaning, streamed and whole.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../src/chat/event.ts'
import { fold } from '../../src/chat/fold.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { eventsOf, framesOf } from '../stream-events.ts'
import { runs } from '../runs.ts'
import { meaningOf } from './response-meaning.ts'
import { responses, shuffled } from './generated-responses.ts'
import { requests } from './generated-requests.ts'
import { answerFacts, bytesOf, clientFormatNames, testedFormat, formatNames, targetOf } from './tested-formats.ts'
import { meaningOf as requestMeaning } from './request-meaning.ts'

function encodeWhole(name: string, answer: ChatResponse): ChatResponse {
  const { format } = testedFormat(name)
  const body = JSON.stringify(format.encodeResponse(answer, answerFacts(name), new Losses()))
  return format.decodeResponse(JSON.parse(body))
}

function encodeStream(
  name: string,
  events: Iterable<ChatEvent>,
): { readonly answer: ChatResponse; readonly problems: string[] } {
  const { format, checkStream } = testedFormat(name)
  const encoder = format.createEncoder(answerFacts(name), new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  const bytes = bytesOf(format, text + encoder.end())
  return { answer: fold(eventsOf(format, [bytes]), name), problems: checkStream(framesOf(format, [bytes])) }
}

const PATH = { model: 'm', stream: false }

describe.each(formatNames)('%s', (name) => {
  test('a conversation survives encoding and decoding', () =>
    fc.assert(
      fc.property(requests, (request) => {
        const { format } = testedFormat(name)
        const body = JSON.stringify(format.encodeRequest(request, targetOf(name), new Losses()))
        expect(requestMeaning(format.decodeRequest(JSON.parse(body), PATH))).toEqual(requestMeaning(request))
      }),
      runs(),
    ))
})

describe.each(clientFormatNames)('%s', (name) => {
  test('a whole response keeps its meaning', () =>
    fc.assert(
      fc.property(responses, (answer) => {
        expect(meaningOf(encodeWhole(name, answer), name)).toEqual(meaningOf(answer, name))
      }),
      runs(),
    ))

  test('a stream with interleaved parts is valid and keeps its meaning', () =>
    fc.assert(
      fc.property(responses, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (answer, chances) => {
        const events = shuffled(answer, () => chances.next().value)
        const read = encodeStream(name, events)
        expect(read.problems).toEqual([])
        expect(meaningOf(read.answer, name)).toEqual(meaningOf(answer, name))
      }),
      runs(),
    ))
})
