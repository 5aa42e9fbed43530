import { describe, expect, test } from 'bun:test'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import type { AttemptRecord } from './attempt-record.ts'
import type { Call } from './call.ts'
import { Warnings } from './warnings.ts'
import { APIS } from '../../formats/apis/apis.ts'
import { responseHeaders } from './response-headers.ts'
import { upstreamFacts } from '../transcode/upstream-facts.ts'

const snapshot = snapshotFrom({ providers: { größe: { type: 'openai', apiKey: 'x' } }, models: { m: 'größe/m' } })

const CHAT = APIS['openai-chat']

interface Facts {
  readonly model?: string
  readonly arm?: string
  readonly warnings?: string[]
}

function callOf({ model, arm, warnings }: Facts): Call {
  const call = callFor(snapshot, {})
  if (model !== undefined) call.choice = { model, arm }
  for (const text of warnings ?? []) call.outcome.warnings.add(text)
  return call
}

const headersOf = (facts: Facts, upstream?: Record<string, string>) =>
  new Headers(
    responseHeaders(callOf(facts), 'application/json', upstream && upstreamFacts(new Headers(upstream), CHAT, CHAT)),
  )

const [candidate] = snapshot.table.find('m')!.model.pools.chat!.candidates
/** An attempt that waited for its upstream from `startedMs` to `firstByteMs`. */
const attempt = (startedMs: number, firstByteMs: number): AttemptRecord => ({
  role: 'first',
  candidate: candidate!,
  api: CHAT,
  model: 'm',
  startedMs,
  firstByteMs,
  firstEventMs: undefined,
  endedMs: firstByteMs,
  warnings: new Warnings(),
  usage: undefined,
  error: undefined,
  isAnswer: false,
})

test('every response names its request, its endpoint and its overhead', () => {
  const call = callOf({})
  call.attempts.add(attempt(1, 11))
  call.attempts.add(attempt(21, 23.3456))
  const headers = responseHeaders(call, 'text/event-stream')
  expect(headers).toEqual({
    'content-type': 'text/event-stream',
    'x-request-id': 'id-1',
    'x-sluice-attempts': '2',
    'x-sluice-endpoint': 'gr%C3%B6%C3%9Fe',
    'x-sluice-overhead-duration-ms': expect.stringMatching(/^\d+(?:\.\d{1,3})?$/),
    'server-timing': expect.stringMatching(/^sluice;dur=[\d.]+, upstream;dur=12\.346$/),
  })
})

describe('a name with any characters fits into a header', () => {
  test.each([
    ['gpt-4o', 'gpt-4o'],
    ['org/model:free (100%)', 'org/model:free (100%)'],
    ['modèle', 'mod%C3%A8le'],
    ['模型/100%', '%E6%A8%A1%E5%9E%8B/100%25'],
    ['🦙', '%F0%9F%A6%99'],
  ])('%s: %s', (model, text) => {
    expect(headersOf({ model, arm: model }).get('x-sluice-model')).toBe(text)
    expect(headersOf({ model, arm: model }).get('x-sluice-arm')).toBe(text)
  })

  test('an endpoint too', () => {
    const call = callOf({})
    call.attempts.add(attempt(1, 2))
    expect(new Headers(responseHeaders(call, 'a/b')).get('x-sluice-endpoint')).toBe('gr%C3%B6%C3%9Fe')
  })
})

test('warnings are joined in one header', () =>
  expect(headersOf({ warnings: ['a was removed', 'b was removed'] }).get('x-sluice-warnings')).toBe(
    'a was removed; b was removed',
  ))

test.each([
  ['many', Array.from({ length: 10_000 }, (_, at) => `field ${at}: removed`), / more$/],
  ['long', ['x'.repeat(100_000), 'b'], /^x+\.\.\.; 1 more$/],
  ['of characters that headers do not have', ['ä'.repeat(4000)], /; 0 more$/],
  ['with half of a character', ['a\ud83d'], /^a%EF%BF%BD$/],
])('warnings that are %s fit in a header', (_title, warnings, end) => {
  const text = headersOf({ warnings }).get('x-sluice-warnings')!
  expect(text).toMatch(end)
  expect(text.length).toBeLessThan(4100)
})

test.each<[string, Record<string, string>, Record<string, string | null>]>([
  [
    'rate limits',
    { 'x-ratelimit-remaining-tokens': '5', 'openai-processing-ms': '9' },
    { 'x-ratelimit-remaining-tokens': '5', 'openai-processing-ms': '9' },
  ],
  [
    'the request id, under another name',
    { 'x-request-id': 'theirs' },
    { 'x-request-id': 'id-1', 'x-sluice-upstream-request-id': 'theirs' },
  ],
  ["Azure's request id", { 'apim-request-id': 'theirs' }, { 'x-sluice-upstream-request-id': 'theirs' }],
  [
    'no other header',
    { 'set-cookie': 'a=b', server: 'x', 'content-length': '5', 'content-encoding': 'gzip' },
    { 'set-cookie': null, server: null, 'content-length': null, 'content-encoding': null },
  ],
])('headers of the upstream that are forwarded: %s', (_title, upstream, expected) => {
  const headers = headersOf({}, upstream)
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, headers.get(name)]))).toEqual(expected)
})
