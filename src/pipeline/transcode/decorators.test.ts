// A step that wants canonical events gets them in every format, and without such a step no request pays for it.
import { describe, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import type { ChatEvent } from '../../chat/event.ts'
import type { EventDecorator } from '../../chat/event-decorator.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { Warnings } from '../call/warnings.ts'
import { chooseTranscoder } from './choose-transcoder.ts'
import type { Transcoder } from './transcoder.ts'

const snapshot = snapshotFrom({
  providers: { gpu: { type: 'vllm', baseUrl: 'http://gpu/v1' } },
  models: { m: 'gpu/m' },
})
const CHAT = APIS['openai-chat']

/** A transcoder of OpenAI's format on both sides. */
function transcoderWith(...decorators: (() => EventDecorator)[]): Transcoder {
  const call = callFor(snapshot, { body: { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true } })
  for (const create of decorators) call.decorate(create)
  const sent = {
    hidesUsage: false,
    names: undefined,
    cutsAt: [],
    normalizesResponses: false,
    alwaysSendsUsage: false,
    warnings: new Warnings(),
  }
  return chooseTranscoder(call, CHAT, sent)
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const STREAM = [
  chunk({ role: 'assistant', content: 'se' }),
  chunk({ content: 'cret' }),
  chunk({}, 'stop'),
  'data: [DONE]\n\n',
]
const WHOLE = Buffer.from(
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'secret' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  }),
) as Buffer<ArrayBuffer>

function streamed(transcoder: Transcoder): string {
  const stream = transcoder.stream()
  let text = ''
  for (const bytes of STREAM) text += Buffer.from(stream.push(Buffer.from(bytes)) ?? '').toString()
  return text + Buffer.from(stream.end() ?? '').toString()
}

const textOf = (stream: string): string => [...stream.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text).join('')

/** Replaces every text. */
const shouting = (): EventDecorator => ({
  response: (response) => ({
    ...response,
    choices: response.choices.map((choice) => ({
      ...choice,
      parts: choice.parts.map((part) => (part.type === 'text' ? { ...part, text: part.text.toUpperCase() } : part)),
    })),
  }),
  events: (events) =>
    events.map((event) => (event.type === 'part-delta' ? { ...event, text: event.text.toUpperCase() } : event)),
  end: () => [],
})

/** Holds all texts back to the end of the stream, and gives them back in brackets as the part ends. */
function holding(): EventDecorator {
  let held = ''
  let last: ChatEvent | undefined
  return {
    response: (response) => response,
    events(events) {
      const passed: ChatEvent[] = []
      for (const event of events) {
        if (event.type === 'part-delta') {
          held += event.text
          last = event
        } else if (event.type === 'part-end' && last?.type === 'part-delta')
          passed.push({ ...last, text: `[${held}]` }, event)
        else passed.push(event)
      }
      return passed
    },
    end: () => [],
  }
}

describe('without a decorator', () => {
  test('the bytes of a whole response are the ones that the upstream sent', () =>
    expect(transcoderWith().whole(WHOLE).body).toBe(WHOLE))

  test('so are those of a stream', () => expect(streamed(transcoderWith())).toBe(STREAM.join('')))
})

describe('a decorator', () => {
  test('changes a whole response', () => {
    const { body, usage } = transcoderWith(shouting).whole(WHOLE)
    expect(JSON.parse(String(body))).toMatchObject({ choices: [{ message: { content: 'SECRET' } }] })
    expect(usage).toMatchObject({ input: 1, output: 2 })
  })

  test('changes a stream, event by event', () => expect(textOf(streamed(transcoderWith(shouting)))).toBe('SECRET'))

  test('may hold events back', () => expect(textOf(streamed(transcoderWith(holding)))).toBe('[secret]'))

  test('stands in its order: the first is nearest to the upstream', () => {
    expect(textOf(streamed(transcoderWith(shouting, holding)))).toBe('[SECRET]')
    expect(textOf(streamed(transcoderWith(holding, shouting)))).toBe('[SECRET]')
  })

  test('is a new one for each response', () => {
    const transcoder = transcoderWith(holding)
    expect([streamed(transcoder), streamed(transcoder)].map(textOf)).toEqual(['[secret]', '[secret]'])
  })
})
