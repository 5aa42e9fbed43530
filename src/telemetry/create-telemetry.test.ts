import { afterAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../errors.ts'
import { createTelemetry, type ProcessTelemetry } from './create-telemetry.ts'
import type { AttemptStart, CallRecord, CallSpan } from './observer.ts'
import type { Config } from '../config/load.ts'
import { watchCertificate } from '../runtime/certificate-watch.ts'
import { createCertificate } from '../../test/certificate.ts'

const GOOD: CallRecord = {
  id: 'id-1',
  clientAddress: undefined,
  method: 'POST',
  route: '',
  operation: 'chat',
  status: 200,
  durationMs: 1100,
  overheadMs: undefined,
  stream: true,
  model: 'small',
  arm: undefined,
  provider: 'gpu',
  endpoint: 'gpu/a',
  attempts: 1,
  continuations: 1,
  firstEventMs: 100,
  streamedMs: 1000,
  usage: { input: 10, cached: 4, output: 11 },
  translation: undefined,
  warnings: undefined,
  error: undefined,
  finished: false,
  writes: false,
}
const error = (code: 'upstream_rate_limited' | 'model_not_found') => new GatewayError(code, 'no')
const attempt: AttemptStart = {
  role: 'first',
  candidate: { id: 'gpu/a', provider: { name: 'gpu' } },
  model: 'small',
  startedMs: 0,
}
const ended = { ...attempt, usage: undefined }

const started: ProcessTelemetry[] = []
afterAll(() => Promise.all(started.map((telemetry) => telemetry.stop())))

function start(): ProcessTelemetry {
  const telemetry = createTelemetry('silent', '1.2.3')
  started.push(telemetry)
  return telemetry
}

/** A request that begins. */
const call = ({ observers }: ProcessTelemetry): CallSpan =>
  observers.callStarted({ id: 'id-1', method: 'POST', headers: new Headers(), startedMs: 0 })

/** The samples of these metrics, histograms by their sum and count only. */
function samples(telemetry: ProcessTelemetry, name: RegExp): string[] {
  return telemetry
    .render()
    .split('\n')
    .filter((line) => name.test(line) && !/^#|_bucket/.test(line))
    .toSorted()
}

describe('a request that has ended is counted', () => {
  test.each<[string, CallRecord, RegExp, string[]]>([
    [
      'by route and status',
      GOOD,
      /^http_requests_total/,
      ['http_requests_total{method="POST",route="/v1",operation="chat",status="200"} 1'],
    ],
    [
      'by its own route',
      { ...GOOD, route: '/v1/1b' },
      /^http_requests_total/,
      ['http_requests_total{method="POST",route="/v1/1b",operation="chat",status="200"} 1'],
    ],
    [
      'with its duration',
      GOOD,
      /^http_request_duration/,
      [
        'http_request_duration_seconds_count{route="/v1",operation="chat"} 1',
        'http_request_duration_seconds_sum{route="/v1",operation="chat"} 1.1',
      ],
    ],
    [
      'with its tokens',
      GOOD,
      /^sluice_tokens/,
      [
        'sluice_tokens_total{provider="gpu",model="small",kind="cached"} 4',
        'sluice_tokens_total{provider="gpu",model="small",kind="input"} 10',
        'sluice_tokens_total{provider="gpu",model="small",kind="output"} 11',
      ],
    ],
    [
      'with its first token',
      GOOD,
      /^sluice_time_to_first.*sum/,
      ['sluice_time_to_first_token_seconds_sum{provider="gpu",model="small",arm="none"} 0.1'],
    ],
    [
      'with its further tokens',
      { ...GOOD, arm: 'b' },
      /^sluice_time_per_output.*sum/,
      ['sluice_time_per_output_token_seconds_sum{provider="gpu",model="small",arm="b"} 0.1'],
    ],
    [
      'by the formats of its translation, and with its losses',
      { ...GOOD, translation: { from: 'anthropic', to: 'gemini' }, warnings: ['top_k: removed', 'a'] },
      /^sluice_translation/,
      [
        'sluice_translation_losses_total{provider="gpu",model="small"} 2',
        'sluice_translations_total{from="anthropic",to="gemini"} 1',
      ],
    ],
    [
      'without time per token if there is only one token',
      { ...GOOD, usage: { input: 1, cached: undefined, output: 1 } },
      /^sluice_time_per_output/,
      [],
    ],
    [
      'without stream metrics if it is not a stream',
      { ...GOOD, firstEventMs: undefined, overheadMs: 2 },
      /^sluice_(time|overhead).*sum/,
      ['sluice_overhead_seconds_sum 0.002'],
    ],
    [
      'with its error',
      { ...GOOD, status: 404, error: error('model_not_found') },
      /^(sluice_errors|llm_rate)/,
      ['sluice_errors_total{code="model_not_found"} 1'],
    ],
    [
      "with the provider's rate limit",
      { ...GOOD, error: error('upstream_rate_limited') },
      /^llm_rate/,
      ['llm_rate_limit_exceeded_total{scope="upstream"} 1'],
    ],
    [
      'without an upstream',
      { ...GOOD, model: undefined, provider: undefined },
      /^sluice_tokens.*input/,
      ['sluice_tokens_total{provider="none",model="none",kind="input"} 10'],
    ],
  ])('%s', (_title, record, name, expected) => {
    const telemetry = start()
    call(telemetry).ended(record)
    expect(samples(telemetry, name)).toEqual(expected)
  })

  test('a request is in flight until it has ended', () => {
    const telemetry = start()
    call(telemetry)
    call(telemetry).ended(GOOD)
    expect(samples(telemetry, /^http_requests_in_flight/)).toEqual(['http_requests_in_flight 1'])
  })
})

test('attempts are counted by endpoint and by error', () => {
  const telemetry = start()
  for (const code of ['upstream_reset', undefined] as const) {
    const error = code && new GatewayError(code, 'no')
    call(telemetry)
      .attemptStarted(attempt)
      .ended({ ...ended, endedMs: 500, error })
  }
  expect(samples(telemetry, /^(llm_provider|sluice_endpoint)/)).toEqual([
    'llm_provider_errors_total{provider="gpu",model="small",code="upstream_reset"} 1',
    'llm_provider_latency_seconds_count{provider="gpu",model="small"} 2',
    'llm_provider_latency_seconds_sum{provider="gpu",model="small"} 1',
    'llm_provider_requests_total{provider="gpu",model="small"} 2',
    'sluice_endpoint_in_flight{endpoint="gpu/a"} 0',
    'sluice_endpoint_picks_total{endpoint="gpu/a",model="small"} 2',
  ])
})

/** Creates a series of every metric, including those that only failures create. */
function everything(): ProcessTelemetry {
  const telemetry = start()
  const span = call(telemetry)
  const translation = { from: 'anthropic', to: 'gemini' }
  span.ended({
    ...GOOD,
    overheadMs: Number.NaN,
    error: error('model_not_found'),
    translation,
    warnings: ['x'],
  }) // ignored
  const failedAttempt = span.attemptStarted(attempt)
  failedAttempt.endpointLimit!(16)
  failedAttempt.ended({ ...ended, endedMs: 1000, error: new GatewayError('upstream_reset', 'no') })
  for (let arm = 0; arm < 2001; arm++) span.splitChosen({ split: 's', arm: `arm-${arm}`, forced: false }) // dropped
  span.fallbackTaken('any', 'a', 'b')
  span.hedgeSent('small')
  span.hedgeWon('small')
  span.limitExceeded('endpoint_concurrency')
  span.responseStored('stored')
  span.queueEntered('small', 'high')
  span.queueLeft('small', 'high', 1)
  span.queueRefused('small', 'full')
  telemetry.tokenRefreshed('vertex', { type: 'fetched', validForMs: 3_600_000 })
  telemetry.reportEndpoints(() => [{ id: 'gpu/a', state: 'open', changes: [['open', 1]] }])
  telemetry.reportStore({ count: 1, bytes: 1000 })
  telemetry.reportReloads(() => {
    throw new Error('cannot be read') // failed
  })
  const { cert: certificate, key } = createCertificate()
  watchCertificate(telemetry, { server: { tls: { certificate, key } } } as unknown as Config, () => {})
  return telemetry
}

test('docs/metrics.md lists exactly the metrics that exist, with their types and labels', () => {
  const text = everything().render()
  const labelsOf = (name: string) => {
    const line = text.split('\n').find((each) => new RegExp(`^${name}(_sum|_count)?\\{`).test(each)) ?? ''
    return [...line.matchAll(/([a-z_]+)="/g)].map((match) => match[1]!)
  }
  const real = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type} ${labelsOf(name!)}`,
  )
  const page = readFileSync(join(import.meta.dir, '../../docs/metrics.md'), 'utf8')
  const named = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
    ([, name, type, labels]) => `${name} ${type} ${labels!.match(/\w+/g) ?? ''}`,
  )
  expect(named.toSorted()).toEqual(real.toSorted())
})

test('an unhandled rejection is counted and does not end the process', () => {
  const telemetry = start()
  process.emit('unhandledRejection', new Error('late'), Promise.resolve())
  expect(samples(telemetry, /^sluice_unhandled/)).toEqual(['sluice_unhandled_rejections_total 1'])
})

test('an uncaught exception is counted and does not end the process', () => {
  const telemetry = start()
  process.emit('uncaughtException', new Error('cut'), 'uncaughtException')
  expect(samples(telemetry, /^sluice_uncaught/)).toEqual(['sluice_uncaught_exceptions_total 1'])
})

test.each([
  [{ version: 3, loadedAt: 5000, lastError: undefined }, [1, 5, 3]],
  [{ version: 3, loadedAt: 5000, lastError: new Error('bad') }, [0, 5, 3]],
])('reload metrics are read at the scrape: %j', (status, expected) => {
  const telemetry = start()
  telemetry.reportReloads(() => status)
  expect(samples(telemetry, /^sluice_config/).map((line) => Number(line.split(' ')[1]))).toEqual(expected)
})
