import { GatewayError } from '../../errors.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { textOf } from '../../codecs/text.ts'

/** Parses a complete body; so far, only its top level may have been checked. Throws GatewayError `invalid_json`. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return parseExact(textOf(body))
  } catch (thrown) {
    throw new GatewayError('invalid_json', `The request body is not valid JSON: ${(thrown as SyntaxError).message}.`)
  }
}
