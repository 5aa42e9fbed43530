// Answers that no model gave, told in every language: sound, the same in meaning, and the same streamed as whole.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../src/chat/event.ts'
import { fold } from '../../src/chat/fold.ts'
import type { ChatResponse } from '../../src/chat/response.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { eventsOf, framesOf } from '../stream-events.ts'
import { meaningOf } from './answer-meaning.ts'
import { answers, shuffled } from './invented.ts'
import { requests } from './invented-requests.ts'
import { anybody, bytesOf, clientNames, language, languageNames, targetOf } from './languages.ts'
import { meaningOf as requestMeaning } from './request-meaning.ts'
import { runs } from '../runs.ts'

function tellWhole(name: string, answer: ChatResponse): ChatResponse {
  const { format } = language(name)
  const body = JSON.stringify(format.encodeResponse(answer, anybody(name), new Losses()))
  return format.decodeResponse(JSON.parse(body))
}

function tellStream(
  name: string,
  events: Iterable<ChatEvent>,
): { readonly answer: ChatResponse; readonly problems: string[] } {
  const { format, checkStream } = language(name)
  const encoder = format.createEncoder(anybody(name), new Losses())
  let text = ''
  for (const event of events) text += encoder.push(event)
  const bytes = bytesOf(format, text + encoder.end())
  return { answer: fold(eventsOf(format, [bytes]), name), problems: checkStream(framesOf(format, [bytes])) }
}

const PATH = { model: 'm', stream: false }

describe.each(languageNames)('%s', (name) => {
  test('a conversation is read as it was written', () =>
    fc.assert(
      fc.property(requests, (request) => {
        const { format } = language(name)
        const body = JSON.stringify(format.encodeRequest(request, targetOf(name), new Losses()))
        expect(requestMeaning(format.decodeRequest(JSON.parse(body), PATH))).toEqual(requestMeaning(request))
      }),
      runs(),
    ))
})

describe.each(clientNames)('%s', (name) => {
  test('an answer told whole means the same', () =>
    fc.assert(
      fc.property(answers, (answer) => {
        expect(meaningOf(tellWhole(name, answer), name)).toEqual(meaningOf(answer, name))
      }),
      runs(),
    ))

  test('a stream whose parts grow side by side is sound, and means the same', () =>
    fc.assert(
      fc.property(answers, fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (answer, chances) => {
        const events = shuffled(answer, () => chances.next().value)
        const told = tellStream(name, events)
        expect(told.problems).toEqual([])
        expect(meaningOf(told.answer, name)).toEqual(meaningOf(answer, name))
      }),
      runs(),
    ))
})
