import type { Tool } from '../../chat/request.ts'
import type { ResponseFacts } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { originalOf, withOriginal } from '../fields/originals.ts'

// `functions` and `function_call` are the deprecated way to call tools. Clients that use it read calls from
// `function_call`.
// Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-functions

/** Records that the client wrote its tools as `functions`. */
export const markLegacyFunctions = (tools: Tool[], functions: unknown): Tool[] => withOriginal(tools, functions)

export const usesLegacyFunctions = ({ request }: ResponseFacts): boolean => originalOf(request.tools) !== undefined

/** `function_call` for a message or a delta: the first call only, because the format has one. */
export function legacyCall(
  { index, function: called }: { readonly index: number; readonly function?: unknown },
  losses: Losses,
): { function_call?: unknown } {
  if (index === 0) return { function_call: called }
  losses.note('tool_calls', 'removed: the deprecated functions format returns one call')
  return {}
}

export const legacyReason = (reason: string): string => (reason === 'tool_calls' ? 'function_call' : reason)
