// The simulated model calls a tool if it must, or if the user's last message mentions the tool by name.
import { createRandom } from '../engine/random.ts'
import { exampleOf } from '../schema/instance.ts'
import { mixSeed } from '../text/answer.ts'
import type { Message } from '../wire/messages.ts'
import type { Tool, ToolRequest } from '../wire/tools.ts'
import { callDeltas, type ChoicePlan } from './plan.ts'

/** The tools to call, in the order of the request. Empty: the response is text. */
export function toolsToCall({ tools, choice, parallel }: ToolRequest, messages: readonly Message[]): readonly Tool[] {
  if (choice === 'none') return []
  if (typeof choice === 'object') return tools.filter(({ name }) => name === choice.name)
  // After a tool result the model responds with text.
  if (choice === 'auto' && messages.at(-1)?.role !== 'user') return []
  const question = messages.findLast(({ role }) => role === 'user')?.text.toLowerCase() ?? ''
  const mentioned = tools.filter(({ name }) => isMentioned(name.toLowerCase(), question))
  const called = mentioned.length === 0 && choice === 'required' ? tools.slice(0, 1) : mentioned
  return parallel ? called : called.slice(0, 1)
}

const isMentioned = (name: string, question: string): boolean =>
  question.includes(name) || question.includes(name.replaceAll(/[_-]/g, ' '))

/** Plans calls whose arguments match the tools' schemas. Throws SimError for a schema that no value matches. */
export function planCalls(tools: readonly Tool[], seed: number, maxTokens: number): ChoicePlan {
  const deltas = tools.flatMap(({ name, parameters }, call) =>
    callDeltas(call, name, JSON.stringify(exampleOf(parameters, createRandom(mixSeed(seed, call))))),
  )
  const finishReason = deltas.length > maxTokens ? 'length' : 'tool_calls'
  return { prompt: 0, deltas: deltas.slice(0, maxTokens), finishReason, stopReason: null }
}
