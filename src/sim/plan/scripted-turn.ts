// Where a conversation stands in a script, and the plan of that turn.
import { splitTokens } from '../text/tokens.ts'
import { invalidField } from '../wire/errors.ts'
import type { Message } from '../wire/messages.ts'
import type { Tool } from '../wire/tools.ts'
import { callDeltas, type ChoicePlan, type Delta } from './plan.ts'
import type { Script, ScriptCall, ScriptTurn } from './script.ts'

/** The turn of the script that the conversation has reached; undefined: the model responds as usual. */
export function scriptedTurn(scripts: readonly Script[], messages: readonly Message[]): ScriptTurn | undefined {
  const starts = scripts.map(({ when }) =>
    messages.findLastIndex(({ role, text }) => role === 'user' && text.includes(when)),
  )
  const start = Math.max(-1, ...starts)
  return start < 0 ? undefined : scripts[starts.indexOf(start)]!.turns[turnsAfter(messages, start)]
}

/** Neighboring messages of the assistant are one turn. */
const turnsAfter = (messages: readonly Message[], start: number): number =>
  messages.filter(({ role }, at) => at > start && role === 'assistant' && messages[at - 1]?.role !== 'assistant').length

/**
 * Plans a turn. Undefined if the request offers no tools at all but the turn calls some: clients send such requests beside
 * the conversation, for a title or a summary. Throws SimError for a tool that is not among those that are offered.
 */
export function planTurn(turn: ScriptTurn, tools: readonly Tool[], maxTokens: number): ChoicePlan | undefined {
  const { reasoning = '', text = '', calls = [] } = turn
  if (calls.length > 0 && tools.length === 0) return undefined
  const deltas: Delta[] = [
    ...splitTokens(reasoning).map((piece) => ({ reasoning: piece })),
    ...splitTokens(text),
    ...calls.flatMap((call, at) => scriptedCall(call, at, tools)),
  ]
  const finishReason = deltas.length > maxTokens ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop'
  return { prompt: 0, deltas: deltas.slice(0, maxTokens), finishReason, stopReason: null }
}

function scriptedCall(call: ScriptCall, at: number, tools: readonly Tool[]): readonly Delta[] {
  const pattern = new RegExp(`^${call.name.split('*').map(RegExp.escape).join('.*')}$`)
  const tool = tools.find(({ name }) => pattern.test(name))
  if (!tool)
    return invalidField('tools', `The script calls ${call.name}; offered: ${tools.map(({ name }) => name).join(', ')}.`)
  const json = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments)
  const [opening, ...rest] = callDeltas(at, tool.name, json)
  return [{ ...opening!, ...(call.id !== undefined && { id: call.id }) }, ...rest]
}
