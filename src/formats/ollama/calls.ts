import type { ToolCallPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { type Fields, isRecord } from '../fields.ts'
import { parseExact } from '../json/exact.ts'
import { argumentText } from '../openai-chat/calls.ts'

/** One of `tool_calls`. Older servers give no ids: a call without one is called by its place in the conversation. */
export function decodeCall(call: Fields, place: string): ToolCallPart {
  call.any('type')
  const called = call.requiredObject('function')
  called.any('index')
  const id = call.any('id')
  return {
    type: 'tool-call',
    id: typeof id === 'string' && id !== '' ? id : `call_${place}`,
    name: called.requiredString('name'),
    arguments: argumentText(called.any('arguments')),
  }
}

/** Arguments are objects here. Throws GatewayError with `code` for JSON text that is none. */
export function encodeCall(
  { id, name, arguments: text }: Pick<ToolCallPart, 'id' | 'name' | 'arguments'>,
  code: 'invalid_request' | 'upstream_malformed',
): object {
  return { id, function: { name, arguments: argumentsOf(text, name, code) } }
}

function argumentsOf(text: string, name: string, code: 'invalid_request' | 'upstream_malformed'): object {
  try {
    const value = parseExact(text)
    if (isRecord(value)) return value
  } catch {
    // Said below.
  }
  throw new GatewayError(code, `The arguments of a call of "${name}" are no JSON object.`)
}
