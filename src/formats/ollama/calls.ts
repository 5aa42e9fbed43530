import type { ToolCallPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { argumentText } from '../openai-shared/calls.ts'

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

type Part = Pick<ToolCallPart, 'id' | 'name' | 'arguments'>

/** A call of the conversation so far. Throws GatewayError `invalid_request` for arguments that are no object. */
export const encodeRequestCall = (call: Part): object =>
  encodeCall(
    call,
    (what) => new GatewayError('invalid_request', `messages holds a call ${what}.`, { param: 'messages' }),
  )

/** A call of an answer. Throws GatewayError `upstream_malformed` for arguments that are no object. */
export const encodeResponseCall = (call: Part): object =>
  encodeCall(call, (what) => new GatewayError('upstream_malformed', `The upstream made a call ${what}.`))

function encodeCall({ id, name, arguments: text }: Part, complain: (what: string) => GatewayError): object {
  const args = objectIn(text)
  if (!args) throw complain(`of "${name}" whose arguments are no JSON object`)
  return { id, function: { name, arguments: args } }
}

function objectIn(text: string): object | undefined {
  try {
    const value = parseExact(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
