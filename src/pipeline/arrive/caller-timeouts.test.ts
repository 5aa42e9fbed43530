import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { callFor, snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { readTimeouts } from './caller-timeouts.ts'
import { runs } from '../../../test/runs.ts'

const snapshot = snapshotFrom({ providers: { openai: { apiKey: 'k' } }, models: { m: 'openai/m' } })
const DAY_MS = 24 * 3_600_000

/** The timeouts of a call with these headers, and with these members in its body as JSON text. */
function timeoutsOf(headers: Record<string, string>, members = '') {
  const call = callFor(snapshot, { headers, body: `{"model":"m","messages":[{}]${members && `,${members}`}}` })
  return readTimeouts(call)
}

function errorOf(headers: Record<string, string>, members?: string): GatewayError {
  try {
    timeoutsOf(headers, members)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
  }
  throw new Error('It was accepted')
}

const HEADERS = ['x-sluice-timeout', 'x-litellm-timeout', 'x-sluice-stream-timeout', 'x-litellm-stream-timeout']
const FIELDS = ['timeout', 'stream_timeout']

describe('a timeout', () => {
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
      expect(Object.values(timeoutsOf({ [header]: text }))).toContainEqual({ ms, from: header })
    for (const field of FIELDS)
      expect(Object.values(timeoutsOf({}, `"${field}":"${text}"`))).toContainEqual({ ms, from: `"${field}"` })
  })

  test.each([
    ['30', 30_000],
    ['0.25', 250],
    ['1e1', 10_000],
  ])('the number %s is %d ms', (text, ms) =>
    expect(timeoutsOf({}, `"timeout":${text}`)).toEqual({ total: { ms, from: '"timeout"' }, firstEvent: undefined }),
  )

  test('may be left out, or null', () => {
    expect(timeoutsOf({})).toEqual({ total: undefined, firstEvent: undefined })
    expect(timeoutsOf({}, '"timeout":null,"stream_timeout":null')).toEqual({ total: undefined, firstEvent: undefined })
  })

  test('is read from our own header first, then from that of LiteLLM, then from the body', () => {
    const [own, litellm] = [{ 'x-sluice-timeout': '1' }, { 'x-litellm-timeout': '2' }]
    expect(timeoutsOf({ ...own, ...litellm }, '"timeout":3').total?.ms).toBe(1000)
    expect(timeoutsOf(litellm, '"timeout":3').total?.ms).toBe(2000)
    expect(timeoutsOf({}, '"timeout":3').total?.ms).toBe(3000)
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

describe('an invalid timeout', () => {
  test.each(BAD_TEXTS.map((text) => [text.slice(0, 40), text]))(
    '%p is rejected in every place, and the error names the place',
    (_title, text) => {
      for (const header of HEADERS) {
        const { code, message, details } = errorOf({ [header]: text })
        expect([code, details.param]).toEqual(['invalid_request', undefined])
        expect(message).toStartWith(`The header ${header} is not a valid timeout: `)
        expect(message.length).toBeLessThan(250)
      }
      for (const field of FIELDS) {
        const { code, message, details } = errorOf({}, `"${field}":${JSON.stringify(text)}`)
        expect([code, details.param]).toEqual(['invalid_request', field])
        expect(message).toStartWith(`"${field}" is not a valid timeout: `)
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
  ])('the value %s is rejected', (value) =>
    expect(errorOf({}, `"timeout":${value}`)).toMatchObject({
      code: 'invalid_request',
      details: { param: 'timeout' },
    }),
  )

  test('is rejected in a large body, whose values are not checked before they are read', () => {
    const padding = `,"x":"${'x'.repeat(20_000)}"`
    for (const value of ['"\\x"', '"3\\u00"'])
      expect(errorOf({}, `"timeout":${value}${padding}`).code).toMatch(/^invalid_(?:json|request)$/)
  })

  test('is rejected after a valid one, too', () => {
    expect(errorOf({ 'x-sluice-timeout': '1', 'x-litellm-timeout': 'x' }).message).toContain('x-litellm-timeout')
    expect(errorOf({ 'x-sluice-timeout': '1' }, '"timeout":-1').details.param).toBe('timeout')
  })

  test('any value is a timeout of at most a day, or rejected', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FIELDS), fc.jsonValue(), (field, value) => {
        try {
          const { total, firstEvent } = timeoutsOf({}, `"${field}":${JSON.stringify(value)}`)
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
