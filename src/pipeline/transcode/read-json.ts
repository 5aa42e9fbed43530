import type { UpstreamError } from '../../chat/upstream-error.ts'
import { GatewayError } from '../../errors.ts'
import { isRecord } from '../../formats/fields/fields.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { textOf } from '../../codecs/text.ts'
import { errorFromUpstream } from './rejection.ts'

/** The JSON of a complete 200 response. Throws GatewayError for invalid JSON, and for an error inside a 200. */
export function readJson(
  bytes: Uint8Array,
  decodeError: (text: string) => UpstreamError | undefined,
): Readonly<Record<string, unknown>> {
  const text = textOf(bytes)
  const body = parsed(text)
  if (!isRecord(body)) throw malformed(bytes.length === 0 ? 'is empty' : 'is not a JSON object')
  const error = body['error'] || body['type'] === 'error' ? decodeError(text) : undefined
  if (error) throw errorFromUpstream(error)
  return body
}

function parsed(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    throw malformed(text === '' ? 'is empty' : 'is not complete JSON')
  }
}

const malformed = (reason: string): GatewayError =>
  new GatewayError('upstream_malformed', `The upstream's response ${reason}.`)
