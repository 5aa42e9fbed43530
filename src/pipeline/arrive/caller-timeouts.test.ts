import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { readTimeouts } from './caller-timeouts.ts'
import { runs } from '../../../test/runs.ts'

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'k' } }, models: { m: 'openai/m' } })
const DAY_MS = 24 * 3_600_000

/** The limits of a call with these headers, and with these members in its body as JSON text. */
function limitsOf(headers: Record<string, string>, members = '') {
  const call = callFor(snapshot, { headers, body: `{"model":"m","messages":[{}]${members && `,${members}`}}` })
  return readTimeouts(call)
}

function refusalOf(headers: Record<string, string>, members?: string): GatewayError {
  try {
    limitsOf(headers, members)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
  }
  throw new Error('It was taken')
}

const HEADERS = ['x-sluice-timeout', 'x-litellm-timeout', 'x-sluice-stream-timeout', 'x-litellm-stream-timeout']
const FIELDS = ['timeout', 'stream_timeout']

describe('a time', () => {
  test.each([
    ['30s', 30_000],
    ['1500ms', 1500],
    ['1.5m', 90_000],
    [' 2 h ', 7_200_000],
    ['30', 30_000],
    ['0.25', 250],
    ['0.001', 1],
    ['86400', DAY_MS],
    ['24h', DAY_MS],
  ])('%p is %d ms', (text, ms) => {
    for (const header of HEADERS)
      expect(Object.values(limitsOf({ [header]: text }))).toContainEqual({ ms, from: header })
    for (const field of FIELDS)
      expect(Object.values(limitsOf({}, `"${field}":"${text}"`))).toContainEqual({ ms, from: `"${field}"` })
  })

  test.each([
    ['30', 30_000],
    ['0.25', 250],
    ['1e1', 10_000],
  ])('the number %s is %d ms', (text, ms) =>
    expect(limitsOf({}, `"timeout":${text}`)).toEqual({ total: { ms, from: '"timeout"' }, firstEvent: undefined }),
  )

  test('may be left out, or null', () => {
    expect(limitsOf({})).toEqual({ total: undefined, firstEvent: undefined })
    expect(limitsOf({}, '"timeout":null,"stream_timeout":null')).toEqual({ total: undefined, firstEvent: undefined })
  })

  test('counts from our own header first, then from that of LiteLLM, then from the body', () => {
    const [ours, theirs] = [{ 'x-sluice-timeout': '1' }, { 'x-litellm-timeout': '2' }]
    expect(limitsOf({ ...ours, ...theirs }, '"timeout":3').total?.ms).toBe(1000)
    expect(limitsOf(theirs, '"timeout":3').total?.ms).toBe(2000)
    expect(limitsOf({}, '"timeout":3').total?.ms).toBe(3000)
  })
})

const BAD_TEXTS = [
  '',
  ' ',
  '0',
  '0s',
  '0.0001',
  '-1',
  '-5s',
  '+5',
  '.5',
  '5.',
  '1e99',
  '1e3',
  'NaN',
  'Infinity',
  'null',
  'true',
  'soon',
  '5 minutes',
  '5d',
  '30, 30',
  '30;30',
  '0x10',
  '86401',
  '25h',
  '9'.repeat(33),
  '9'.repeat(50_000),
]

describe('what is no time', () => {
  test.each(BAD_TEXTS.map((text) => [text.slice(0, 40), text]))(
    '%p is refused in every place, by name',
    (_title, text) => {
      for (const header of HEADERS) {
        const { code, message, details } = refusalOf({ [header]: text })
        expect([code, details.param]).toEqual(['invalid_request', undefined])
        expect(message).toStartWith(`The header ${header} is not a time: `)
        expect(message.length).toBeLessThan(250)
      }
      for (const field of FIELDS) {
        const { code, message, details } = refusalOf({}, `"${field}":${JSON.stringify(text)}`)
        expect([code, details.param]).toEqual(['invalid_request', field])
        expect(message).toStartWith(`"${field}" is not a time: `)
        expect(message.length).toBeLessThan(250)
      }
    },
  )

  test.each([
    '0',
    '-1',
    '1e99',
    '1e-9',
    '86400.6',
    '1e400',
    'true',
    'false',
    '[]',
    '[30]',
    '{}',
    '{"read":5}',
    `1${'0'.repeat(500)}`,
  ])('the value %s is refused', (value) =>
    expect(refusalOf({}, `"timeout":${value}`)).toMatchObject({
      code: 'invalid_request',
      details: { param: 'timeout' },
    }),
  )

  test('is refused in a large body, whose parts nobody has looked at yet', () => {
    const padding = `,"x":"${'x'.repeat(20_000)}"`
    for (const value of ['"\\x"', '"3\\u00"'])
      expect(refusalOf({}, `"timeout":${value}${padding}`).code).toMatch(/^invalid_(?:json|request)$/)
  })

  test('is refused behind a good one, too', () => {
    expect(refusalOf({ 'x-sluice-timeout': '1', 'x-litellm-timeout': 'x' }).message).toContain('x-litellm-timeout')
    expect(refusalOf({ 'x-sluice-timeout': '1' }, '"timeout":-1').details.param).toBe('timeout')
  })

  test('whatever stands there, it is a time within a day or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), fc.jsonValue(), (field, value) => {
        try {
          const { total, firstEvent } = limitsOf({}, `"${field}":${JSON.stringify(value)}`)
          const ms = (total ?? firstEvent)?.ms
          expect(ms === undefined ? value === null : ms >= 1 && ms <= DAY_MS && Number.isInteger(ms)).toBe(true)
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'invalid_request', details: { param: field } })
        }
      }),
      runs(),
    )
  })
})
