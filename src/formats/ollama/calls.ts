import type { ToolCallPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { argumentText } from '../openai-shared/calls.ts'

/** Decodes an entry of `tool_calls`. Older servers send no ids; such a call is named by its place in the conversation. */
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

/** Encodes a call of the conversation. Throws GatewayError `invalid_request` for arguments that are not an object. */
export const encodeRequestCall = (call: Part): object =>
  encodeCall(call, (what) => new GatewayError('invalid_request', `messages has a call ${what}.`, { param: 'messages' }))

/** Encodes a call of a response. Throws GatewayError `upstream_malformed` for arguments that are not an object. */
export const encodeResponseCall = (call: Part): object =>
  encodeCall(call, (what) => new GatewayError('upstream_malformed', `The upstream returned a tool call ${what}.`))

function encodeCall({ id, name, arguments: text }: Part, errorFor: (what: string) => GatewayError): object {
  const args = objectIn(text)
  if (!args) throw errorFor(`of "${name}" whose arguments are not a JSON object`)
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
