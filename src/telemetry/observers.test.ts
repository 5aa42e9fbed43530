import { expect, test } from 'bun:test'
import { GatewayError } from '../errors.ts'
import type { AttemptStart, CallRecord, Observer } from './observer.ts'
import { observeAll } from './observers.ts'

const START = { id: 'id-1', method: 'POST', headers: new Headers(), startedMs: 0 }
const ATTEMPT: AttemptStart = {
  role: 'first',
  candidate: { id: 'gpu/a', provider: { name: 'gpu' } },
  model: 'm',
  startedMs: 1,
}
const RECORD = { id: 'id-1', status: 200 } as CallRecord

/** An observer that writes down every fact. */
const writing = (name: string, notes: string[]): Observer => ({
  callStarted({ id }) {
    const note = (text: string) => void notes.push(`${name} ${text}`)
    note(`start ${id}`)
    return {
      attemptStarted: ({ model }) => {
        note(`attempt ${model}`)
        return {
          firstEvent: (nowMs) => note(`first event ${nowMs}`),
          endpointLimit: (limit) => note(`limit ${limit}`),
          ended: ({ error }) => note(`attempt ended ${error?.code ?? 'well'}`),
        }
      },
      splitChosen: ({ arm }) => note(`arm ${arm}`),
      fallbackTaken: (kind, from, to) => note(`fallback ${kind} ${from} ${to}`),
      hedgeSent: () => note('hedge sent'),
      hedgeWon: () => note('hedge won'),
      limitExceeded: (scope) => note(`limit ${scope}`),
      queueEntered: () => note('queued'),
      queueLeft: () => note('left the queue'),
      queueRefused: (_model, reason) => note(`refused ${reason}`),
      ended: ({ status }) => note(`end ${status}`),
    }
  },
  requestRejected: ({ error }) => void notes.push(`${name} rejected ${error.code}`),
})

/** Wants to know nothing but the end. */
const terse = (notes: string[]): Observer => ({ callStarted: () => ({ ended: () => void notes.push('terse end') }) })

function observe(observers: readonly Observer[]): void {
  const all = observeAll(observers)
  const span = all.callStarted(START)
  span.splitChosen({ split: '/ab', arm: 'b', forced: false })
  span.queueEntered('m', 'high')
  span.queueLeft('m', 'high', 1)
  span.queueRefused('m', 'full')
  span.limitExceeded('attempts')
  span.hedgeSent('m')
  span.hedgeWon('m')
  span.fallbackTaken('any', 'm', 'n')
  const attempt = span.attemptStarted(ATTEMPT)
  attempt.firstEvent?.(5)
  attempt.endpointLimit?.(16)
  attempt.ended({ ...ATTEMPT, endedMs: 9, usage: undefined, error: new GatewayError('upstream_reset', 'no') })
  span.ended(RECORD)
  all.requestRejected({
    id: 'id-2',
    clientAddress: undefined,
    durationMs: 1,
    error: new GatewayError('not_found', 'no'),
    writes: true,
  })
}

const FACTS = [
  'start id-1',
  'arm b',
  'queued',
  'left the queue',
  'refused full',
  'limit attempts',
  'hedge sent',
  'hedge won',
  'fallback any m n',
  'attempt m',
  'first event 5',
  'limit 16',
  'attempt ended upstream_reset',
  'end 200',
  'rejected not_found',
]

test('every observer gets every fact, in the order of the list', () => {
  const notes: string[] = []
  observe([writing('a', notes), writing('b', notes)])
  expect(notes).toEqual(FACTS.flatMap((fact) => [`a ${fact}`, `b ${fact}`]))
})

test('an observer leaves out what it does not want to know', () => {
  const notes: string[] = []
  observe([terse(notes), writing('a', notes)])
  expect(notes.filter((note) => note.startsWith('a '))).toEqual(FACTS.map((fact) => `a ${fact}`))
  expect(notes.filter((note) => note.startsWith('terse'))).toEqual(['terse end'])
})

test('no observer is needed', () => expect(() => observe([])).not.toThrow())
