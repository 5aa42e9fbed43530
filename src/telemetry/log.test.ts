import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { errorCodes, GatewayError } from '../errors.ts'
import { createLog } from './log.ts'
import type { CallRecord } from './observer.ts'
import { runs } from '../../test/runs.ts'

const RECORD: CallRecord = {
  id: 'id-1',
  clientAddress: undefined,
  method: 'POST',
  route: '/v1/1b',
  operation: 'chat',
  status: 200,
  durationMs: 12.34567,
  overheadMs: 0.1239,
  stream: false,
  model: 'small',
  arm: undefined,
  provider: 'gpu',
  endpoint: 'gpu/10.0.0.1:8000',
  attempts: 1,
  continuations: 0,
  firstEventMs: undefined,
  streamedMs: undefined,
  usage: { input: 9, cached: undefined, output: 3 },
  translation: undefined,
  warnings: undefined,
  error: undefined,
  finished: false,
  writes: true,
}

/** A log and the lines it has written, each parsed. */
function logInto(level: Parameters<typeof createLog>[0]) {
  const written: string[] = []
  const log = createLog(level, {
    write: (line) => void written.push(line),
    drained: async () => {},
    dropped: { slowReader: 0, writeError: 0 },
  })
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

const failed = (status: number, error: GatewayError): CallRecord => ({ ...RECORD, status, error })

describe('the line of a request', () => {
  test('has the known fields, and no others', () => {
    const { log, lines } = logInto('info')
    log.call(RECORD)
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        msg: 'request',
        requestId: 'id-1',
        method: 'POST',
        route: '/v1/1b',
        operation: 'chat',
        status: 200,
        durationMs: 12.346,
        overheadMs: 0.124,
        model: 'small',
        provider: 'gpu',
        endpoint: 'gpu/10.0.0.1:8000',
        attempts: 1,
        inputTokens: 9,
        outputTokens: 3,
      },
    ])
  })

  test.each(['GET', 'POST', 'DELETE'])('names the method %s', (method) => {
    const { log, lines } = logInto('info')
    log.call({ ...RECORD, method })
    expect(lines()[0]).toMatchObject({ method, provider: 'gpu' })
  })

  test('has no provider if none was reached', () => {
    const { log, lines } = logInto('info')
    log.call({ ...RECORD, provider: undefined, endpoint: undefined })
    expect(lines()[0]).not.toHaveProperty('provider')
    expect(lines()[0]).toHaveProperty('method')
  })

  test('has none of the fields of 0.1', () => {
    const { log, lines } = logInto('info')
    const error = new GatewayError('client_closed', 'It left.')
    log.call({ ...failed(499, error), finished: true, translation: { from: 'anthropic', to: 'gemini' } })
    log.rejected({ id: 'id-2', clientAddress: undefined, durationMs: 1, error, writes: true })
    for (const line of lines())
      for (const field of ['message', 'from', 'to', 'finished']) expect(line).not.toHaveProperty(field)
  })

  test('has both formats of a translated request, and its warnings, truncated', () => {
    const { log, lines } = logInto('info')
    const warnings = ['top_k: removed', 'x"\n'.repeat(500), ...Array.from({ length: 50 }, () => 'more'), 'last']
    log.call({ ...RECORD, translation: { from: 'anthropic', to: 'gemini' }, warnings })
    const [line] = lines()
    expect(line).toMatchObject({ clientFormat: 'anthropic', upstreamFormat: 'gemini' })
    expect(line!['warnings']).toEqual([
      'top_k: removed',
      'x"\n'.repeat(500).slice(0, 200),
      ...Array(17).fill('more'),
      'last',
    ])
  })

  test('reports that a response was read to its end after the client disconnected', () => {
    const { log, lines } = logInto('info')
    log.call({ ...failed(499, new GatewayError('client_closed', 'It left.')), finished: true })
    expect(lines()[0]).toMatchObject({ level: 'info', status: 499, readAfterDisconnect: true, outputTokens: 3 })
    expect(lines()[0]).not.toHaveProperty('cause')
  })

  test('has the error of a failed request, and its cause', () => {
    const { log, lines } = logInto('info')
    log.call(failed(502, new GatewayError('upstream_reset', 'It broke.', { cause: new Error('socket hang up') })))
    expect(lines()[0]).toMatchObject({ level: 'error', error: 'upstream_reset', errorMessage: 'It broke.' })
    expect(lines()[0]!['cause']).toStartWith('Error: socket hang up\n')
  })

  test.each<[string, unknown]>([
    ['a string', 'boo'],
    ['null', null],
    ['a number', 0],
    ['an error without a stack', Object.assign(new Error('boo'), { stack: undefined })],
  ])('has a cause of any type: %s', (_title, cause) => {
    const { log, lines } = logInto('info')
    log.call(failed(500, new GatewayError('internal', 'no', { cause })))
    expect(lines()[0]!['cause']).toBe(String(cause instanceof Error ? cause.message : cause))
  })

  test('is bounded in length', () => {
    const { log, written } = logInto('info')
    log.call(failed(400, new GatewayError('upstream_rejected', 'x'.repeat(1e6), { cause: 'y'.repeat(1e6) })))
    expect(written[0]!.length).toBeLessThan(3000)
  })

  test('is one line of JSON for any input', () => {
    const text = fc.string({ unit: 'binary' })
    const id = fc.stringMatching(/^[\w.:-]{1,128}$/) // what http/request-facts.ts accepts
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(id, text, text, fc.constantFrom(...errorCodes), ms, (id, model, message, code, durationMs) => {
        const { log, written, lines } = logInto('info')
        const error = new GatewayError(code, message, { cause: new Error(message) })
        log.call({ ...failed(error.status, error), id, model, durationMs })
        expect(written).toHaveLength(1)
        expect(written[0]!.indexOf('\n')).toBe(written[0]!.length - 1)
        expect(lines()[0]).toMatchObject({ requestId: id, error: code })
      }),
      runs(),
    )
  })
})

describe('levels', () => {
  const error = new GatewayError('internal', 'no')
  test.each<[Parameters<typeof createLog>[0], string[]]>([
    ['trace', ['200 info', '404 info', '500 error', 'a info', 'b warn', 'c error']],
    ['info', ['200 info', '404 info', '500 error', 'a info', 'b warn', 'c error']],
    ['warn', ['500 error', 'b warn', 'c error']],
    ['error', ['500 error', 'c error']],
    ['fatal', []],
    ['silent', []],
  ])('%s', (level, expected) => {
    const { log, lines } = logInto(level)
    log.call(RECORD)
    log.call(failed(404, new GatewayError('model_not_found', 'no')))
    log.call(failed(500, error))
    log.info({}, 'a')
    log.warn({}, 'b')
    log.error({}, 'c')
    expect(
      lines().map((line) => `${line['msg'] === 'request' ? line['status'] : line['msg']} ${line['level']}`),
    ).toEqual(expected)
  })

  test('can change at run time', () => {
    const { log, written } = logInto('silent')
    log.call(RECORD)
    log.setLevel('info')
    log.call(RECORD)
    expect(written).toHaveLength(1)
  })
})

const SECRET = 'sk-very-secret-123456'

describe('no line holds a key', () => {
  test.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    [
      'in the message of a request',
      (log) => log.call(failed(400, new GatewayError('upstream_rejected', `Bad key ${SECRET}`))),
    ],
    [
      'in the cause of a request',
      (log) => log.call(failed(500, new GatewayError('internal', 'no', { cause: new Error(SECRET) }))),
    ],
    [
      'across the end of a long message',
      (log) => log.call(failed(500, new GatewayError('internal', `${'x '.repeat(245)}${SECRET}`))),
    ],
    ['in an error', (log) => log.error({ error: new Error(`with ${SECRET}`) }, 'failed')],
    ['in a thrown string', (log) => log.error({ error: `with ${SECRET}` }, 'failed')],
    ['in a field called key', (log) => log.info({ key: SECRET, apiKey: SECRET, masterKey: SECRET }, 'loaded')],
    ['in headers', (log) => log.info({ request: { headers: { authorization: SECRET } } }, 'came')],
    ['in a provider', (log) => log.warn({ provider: { apiKey: SECRET, authorization: SECRET } }, 'odd')],
    ['in a body', (log) => log.info({ body: SECRET, call: { body: SECRET } }, 'odd')],
  ])('%s', (_title, write) => {
    const { log, written } = logInto('info')
    write(log)
    expect(written.join('')).not.toContain('secret')
    expect(written).toHaveLength(1)
  })
})

describe('the line of a rejected request', () => {
  const rejection = (message: string) => ({
    id: 'id-1',
    clientAddress: undefined,
    durationMs: 0.12345,
    error: new GatewayError('not_found', message),
    writes: true,
  })

  test('has the path and the error', () => {
    const { log, lines } = logInto('info')
    log.rejected(rejection('The path /v1/"nowhere"\n does not exist.'))
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/Z$/),
        msg: 'rejected',
        requestId: 'id-1',
        status: 404,
        durationMs: 0.123,
        error: 'not_found',
        errorMessage: 'The path /v1/"nowhere"\n does not exist.',
      },
    ])
  })

  test('redacts a key in the path', () => {
    const { log, written } = logInto('info')
    log.rejected(rejection(`The path /v1/sk-${'a1B2'.repeat(10)} does not exist.`))
    expect(written.join('')).not.toContain('a1B2')
  })

  test('is not written below its level', () => {
    const { log, written } = logInto('warn')
    log.rejected(rejection('no'))
    expect(written).toEqual([])
  })
})
