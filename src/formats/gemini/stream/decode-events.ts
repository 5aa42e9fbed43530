import { GatewayError } from '../../../errors.ts'
import type { EventDecoder } from '../../format.ts'
import { parseExact } from '../../../codecs/json/exact.ts'
import { ResponseReader } from '../response/response-reader.ts'

/** Reads a stream of response chunks, framed as events or as one list. */
export function createDecoder(): EventDecoder {
  const reader = new ResponseReader()
  return {
    // Google does not send it, but proxies in front of Google do.
    push: ({ data }) => (data === '[DONE]' ? [] : reader.push(parse(data))),
    end: () => reader.end(),
  }
}

function parse(data: string): unknown {
  try {
    return parseExact(data)
  } catch (cause) {
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is not valid JSON.', { cause })
  }
}
