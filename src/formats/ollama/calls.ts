import type { ToolCallPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { parseToolInput, responseToolInput } from '../translation/tool-input.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
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
export function encodeRequestCall({ id, name, arguments: text }: Part): object {
  const args = parseToolInput(text)
  if (args) return { id, function: { name, arguments: args } }
  const message = `messages has a call of "${name}" whose arguments are not a JSON object.`
  throw new GatewayError('invalid_request', message, { param: 'messages' })
}

/**
 * Encodes a call of a response; an empty list if the response was cut in the middle of the call, which is noted as a
 * loss. Throws GatewayError `upstream_malformed` for other arguments that are not an object.
 */
export function encodeResponseCall(call: ToolCallPart, isCut: boolean, losses: Losses): object[] {
  const args = responseToolInput(call, 'message.tool_calls', { isCut, losses })
  return args ? [{ id: call.id, function: { name: call.name, arguments: args } }] : []
}
