import { GatewayError } from '../../errors.ts'
import type { EventDecoder } from '../format.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { AnswerReader } from './answer-reader.ts'

/** A stream of answers in pieces, framed as events or as one list. */
export function createDecoder(): EventDecoder {
  const reader = new AnswerReader()
  return {
    // Google sends no such word; proxies before it do.
    push: ({ data }) => (data === '[DONE]' ? [] : reader.push(parse(data))),
    end: () => reader.end(),
  }
}

function parse(data: string): unknown {
  try {
    return parseExact(data)
  } catch (cause) {
    throw new GatewayError('upstream_malformed', 'The upstream sent an event that is no JSON.', { cause })
  }
}
