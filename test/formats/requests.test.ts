// Every recorded request of every format, translated into every other: the same meaning, or rejected with the name of a field.
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { testedFormat, pairs, targetOf } from './tested-formats.ts'
import { recordedRequests } from './recordings.ts'
import { meaningOf } from './request-meaning.ts'

const PATH = { model: 'the-model', stream: false }

/** The request as an upstream reads it, or the error. */
function translate(client: string, upstream: string, body: unknown) {
  const { format } = testedFormat(upstream)
  try {
    const request = testedFormat(client).format.decodeRequest(body, PATH)
    const written = JSON.stringify(format.encodeRequest(request, targetOf(upstream), new Losses()))
    return { sent: meaningOf(request), read: meaningOf(format.decodeRequest(JSON.parse(written), PATH)) }
  } catch (thrown) {
    return { rejection: thrown }
  }
}

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  test.each(recordedRequests(client).map((request) => [request.file, request] as const))('%s', (_file, { body }) => {
    const { sent, read, rejection } = translate(client, upstream, body)
    if (read) return expect(read).toEqual(sent)
    expect(rejection).toBeInstanceOf(GatewayError)
    const { code, details, message } = rejection as GatewayError
    expect(['unsupported_parameter', 'invalid_request']).toContain(code)
    expect(message).toStartWith(String(details.param))
  })
})
