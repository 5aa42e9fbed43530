import type { ToolCallPart } from '../../chat/part.ts'
import { parseExact } from '../../codecs/json/exact.ts'
import { GatewayError } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from './losses.ts'

/** Parses the arguments of a tool call. An empty text is an empty object; undefined: the text is not a JSON object. */
export function parseToolInput(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {}
  try {
    const value = parseExact(text)
    return isRecord(value) && text.trimStart().startsWith('{') ? value : undefined
  } catch {
    return undefined
  }
}

/** The input of a tool call in a request. Throws GatewayError `invalid_request` for arguments that are not a JSON object. */
export function requestToolInput({ name, arguments: text }: ToolCallPart, path: string): Record<string, unknown> {
  const input = parseToolInput(text)
  if (input) return input
  throw new GatewayError('invalid_request', `${path}: the arguments of "${name}" must be a JSON object in a string.`, {
    param: path,
  })
}

/**
 * The input of a tool call in a response. Undefined if the response was cut in the middle of the call, which is noted as a
 * loss. Throws GatewayError `upstream_malformed` for other arguments that are not a JSON object.
 */
export function responseToolInput(
  { name, arguments: text }: ToolCallPart,
  path: string,
  { isCut, losses }: { readonly isCut: boolean; readonly losses: Losses },
): Record<string, unknown> | undefined {
  const input = parseToolInput(text)
  if (input) return input
  if (!isCut)
    throw new GatewayError(
      'upstream_malformed',
      `The upstream called the tool "${name}" with arguments that are not a JSON object.`,
      { sparesEndpoint: true },
    )
  losses.note(path, `removed: the response ended in the middle of the call of "${name}"`)
  return undefined
}
