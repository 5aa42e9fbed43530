import type { Part, ToolCallPart, ToolResultPart } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { changed, recordedPath, withPaths, withRequestPath } from '../fields/request-paths.ts'
import type { Losses } from '../translation/losses.ts'
import { isOrderly } from './orderly.ts'
import { type Pairs, pairCalls } from './pair-calls.ts'
import { textOfResult } from './result-text.ts'

/**
 * Puts the results of each assistant turn directly behind its calls, in the order of the calls, as every upstream
 * requires, and makes the ids of calls unique. A call without a result is left out, and a result without a call becomes
 * text of the user; both are noted. Calls at the very end of the conversation stay, to be rejected by name. Returns the
 * same object if nothing changes.
 */
export function withOrderedCalls(request: ChatRequest, losses: Losses): ChatRequest {
  if (isOrderly(request.messages)) return request
  withPaths(request)
  const pairs = pairCalls(request.messages)
  const turns = turnsOf(request.messages)
  const ordering = new Ordering(pairs, losses)
  return { ...request, messages: turns.flatMap((turn, index) => ordering.turn(turn, index === turns.length - 1)) }
}

interface Turn {
  readonly isAssistant: boolean
  readonly messages: readonly Message[]
}

function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: { isAssistant: boolean; messages: Message[] }[] = []
  for (const message of messages) {
    const isAssistant = message.role === 'assistant'
    const last = turns.at(-1)
    if (last?.isAssistant === isAssistant) last.messages.push(message)
    else turns.push({ isAssistant, messages: [message] })
  }
  return turns
}

const isCall = (part: Part): part is ToolCallPart => part.type === 'tool-call'
const isResult = (part: Part): part is ToolResultPart => part.type === 'tool-result'

const callsOf = (messages: readonly Message[]): ToolCallPart[] => messages.flatMap(({ parts }) => parts.filter(isCall))

class Ordering {
  readonly #pairs: Pairs
  readonly #losses: Losses

  constructor(pairs: Pairs, losses: Losses) {
    this.#pairs = pairs
    this.#losses = losses
  }

  turn({ isAssistant, messages }: Turn, isLast: boolean): Message[] {
    return isAssistant ? this.#assistant(messages, isLast) : messages.flatMap((message) => this.#other(message))
  }

  /** The turn as one message if it has calls, followed by their results. */
  #assistant(messages: readonly Message[], isLast: boolean): Message[] {
    const calls = callsOf(messages).map((part) => this.#pairs.calls.get(part)!)
    if (calls.length === 0) return [...messages]
    const parts = messages
      .flatMap((message) => message.parts)
      .flatMap((part): readonly Part[] => (isCall(part) ? this.#call(part, isLast) : [part]))
    const isCut = calls.some(({ result }) => result === undefined) && !isLast
    const kept = isCut ? withoutTrailingReasoning(parts) : parts
    const message = kept.length > 0 ? [changed(joined(messages), { parts: kept })] : []
    const results = calls.flatMap(({ id, result }) => (result ? [withId(result, id)] : []))
    if (results.length === 0) return message
    return [...message, withRequestPath({ role: 'tool', parts: results }, recordedPath(results[0]!))]
  }

  #call(part: ToolCallPart, isLast: boolean): ToolCallPart[] {
    const { id, result } = this.#pairs.calls.get(part)!
    if (result || isLast) return [id === part.id ? part : changed(part, { id })]
    this.#losses.note(recordedPath(part), `removed: the call of "${part.name}" has no result`)
    return []
  }

  /** A message without the results that were moved; nothing, if it had only results. */
  #other(message: Message): Message[] {
    if (!message.parts.some(isResult)) return [message]
    const parts = message.parts.flatMap((part): readonly Part[] => {
      if (!isResult(part)) return [part]
      return this.#pairs.results.has(part) ? [] : this.#orphan(part)
    })
    if (parts.length === 0) return []
    return [changed(message, { parts, role: message.role === 'tool' ? 'user' : message.role })]
  }

  #orphan(part: ToolResultPart): readonly Part[] {
    const path = recordedPath(part)
    this.#losses.note(path, `changed: sent as text, because there is no tool call "${part.callId}" before it`)
    return textOfResult(part).map((each) => withRequestPath(each, path))
  }
}

const withId = (result: ToolResultPart, callId: string): ToolResultPart =>
  result.callId === callId ? result : changed(result, { callId })

/** The first message, with the extra fields of all. */
function joined(messages: readonly Message[]): Message {
  const [first, ...others] = messages
  if (others.length === 0) return first!
  const extra = Object.assign({}, ...messages.map((message) => message.extra ?? {}))
  return changed(first!, Object.keys(extra).length > 0 ? { extra } : {})
}

/** Reasoning at the end of a turn led to a call that was left out; upstreams reject it there. */
function withoutTrailingReasoning(parts: readonly Part[]): readonly Part[] {
  const last = parts.findLastIndex(({ type }) => type !== 'reasoning')
  return parts.slice(0, last + 1)
}
