import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asGatewayError, type ErrorCode, errorCodes, GatewayError } from './errors.ts'

const page = readFileSync(join(import.meta.dir, '../docs/errors.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)`( \*)? \| (\d+) \|(.*)\|$/gm)].map(([, code, star, status, rest]) => ({
  code: code as ErrorCode,
  retryable: star !== undefined,
  status: Number(status),
  cells: rest!.split(' | ').map((cell) => cell.trim()),
}))

describe('docs/errors.md', () => {
  test('documents every code once', () =>
    expect(rows.map(({ code }) => code).toSorted()).toEqual([...errorCodes].toSorted()))

  test.each(rows)('has the right status and retryability for $code', ({ code, status, retryable, cells }) => {
    const error = new GatewayError(code, '')
    expect([status, retryable]).toEqual([error.status, error.retryable])
    expect(cells.every((cell) => cell.length > 7)).toBe(true) // what it means, what the client does, what the operator does
    expect(cells).toHaveLength(3)
  })
})

describe('every kind of error', () => {
  test.each(errorCodes)('%s has a valid HTTP error status', (code) => {
    const { status } = new GatewayError(code, 'no')
    expect(new Response('', { status }).status).toBe(status)
    expect(status).toBeGreaterThanOrEqual(400)
  })

  test('an upstream can override the status', () =>
    expect(new GatewayError('upstream_rejected', 'no', { status: 422 }).status).toBe(422))
})

describe('a changed copy of an error', () => {
  const body = new Uint8Array(3)
  const error = new GatewayError('upstream_failed', 'no', {
    status: 503,
    retryAfterMs: 5,
    param: 'p',
    upstream: { code: 'c', body },
    cause: 1,
  })

  test.each([
    ['keeps every field', {}, { message: 'no', details: { retryAfterMs: 5, upstream: { code: 'c', body } } }],
    ['can have another retry delay', { retryAfterMs: 7 }, { details: { retryAfterMs: 7, upstream: { body } } }],
    ["has its own message instead of the upstream's bytes", { message: 'yes' }, { message: 'yes' }],
  ])('%s', (_title, change, expected) =>
    expect(error.with(change)).toMatchObject({ code: 'upstream_failed', status: 503, cause: 1, ...expected }),
  )

  test('can have no retry delay and no bytes', () => {
    expect(error.with({ retryAfterMs: undefined }).details).not.toHaveProperty('retryAfterMs')
    expect(error.with({ message: 'yes' }).details.upstream).toEqual({ code: 'c' })
  })
})

describe('any thrown value becomes an error that a client may see', () => {
  test.each<[string, unknown]>([
    ['an error', new Error('with secrets')],
    ['text', 'secrets'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { message: 'secrets' }],
  ])('%s', (_title, thrown) => {
    const error = asGatewayError(thrown)
    expect(error).toMatchObject({ code: 'internal', status: 500, retryable: false })
    expect(error.message).not.toContain('secrets')
    expect(error.details.cause).toBe(thrown)
  })

  test('a GatewayError is returned unchanged', () => {
    const error = new GatewayError('not_found', 'no')
    expect(asGatewayError(error)).toBe(error)
  })
})
