// Every recorded request of every language, put into every other: refused by the name of a field, or the same question.
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { language, pairs, targetOf } from './languages.ts'
import { recordedRequests } from './recordings.ts'
import { meaningOf } from './request-meaning.ts'

const PATH = { model: 'the-model', stream: false }

/** The request as an upstream reads it, or why there is none. */
function put(client: string, upstream: string, body: unknown) {
  const { format } = language(upstream)
  try {
    const asked = language(client).format.decodeRequest(body, PATH)
    const written = JSON.stringify(format.encodeRequest(asked, targetOf(upstream), new Losses()))
    return { asked: meaningOf(asked), read: meaningOf(format.decodeRequest(JSON.parse(written), PATH)) }
  } catch (thrown) {
    return { refusal: thrown }
  }
}

describe.each(pairs)('a client of %s, an upstream of %s', (client, upstream) => {
  test.each(recordedRequests(client).map((request) => [request.file, request] as const))('%s', (_file, { body }) => {
    const { asked, read, refusal } = put(client, upstream, body)
    if (read) return expect(read).toEqual(asked)
    expect(refusal).toBeInstanceOf(GatewayError)
    const { code, details, message } = refusal as GatewayError
    expect(['unsupported_parameter', 'invalid_request']).toContain(code)
    expect(message).toStartWith(String(details.param))
  })
})
