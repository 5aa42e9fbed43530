import type { Part, TextPart, ToolCallPart } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { GatewayError } from '../../errors.ts'
import type { Losses } from './losses.ts'
import { conversationPath, messagePath, partPath } from '../fields/request-paths.ts'

/** A part and where the client wrote it, for messages about it. */
export interface Placed<Kind extends Part = Part> {
  readonly part: Kind
  /** `messages[2].content[0]`, in the words of the client's language. */
  readonly path: string
}

export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly parts: readonly Placed[]
}

export interface Conversation {
  /** What was written by way of instruction before anything else. */
  readonly system: readonly Placed<TextPart>[]
  readonly turns: readonly Turn[]
}

/**
 * A conversation for languages that know two speakers who take turns (Anthropic, Gemini, Converse): instructions at the
 * top apart from the rest; tool results in the turn of the user, before all else in it; adjacent messages of one
 * turnRole one turn; no empty texts. An instruction in the middle keeps its place, as text of the user in a wrapper.
 * Throws GatewayError `invalid_request` for a call without a result, a result without a call, and a conversation that
 * is empty.
 */
export function conversationOf(request: ChatRequest, losses: Losses): Conversation {
  const placed = request.messages.map((message, index) => placeParts(request, message, index, losses))
  const firstTurn = request.messages.findIndex(({ role }) => !isInstruction(role))
  const opening = firstTurn === -1 ? placed.length : firstTurn
  const turns: { role: Turn['role']; parts: Placed[] }[] = []
  for (const [offset, parts] of placed.slice(opening).entries()) {
    const { role } = request.messages[opening + offset]!
    const turnRole = role === 'assistant' ? 'assistant' : 'user'
    const written = isInstruction(role) ? parts.map(wrapInstruction) : parts
    const last = turns.at(-1)
    if (last?.role === turnRole) last.parts.push(...written)
    else if (written.length > 0) turns.push({ role: turnRole, parts: [...written] })
  }
  if (turns.length === 0) throw wrong('holds nothing that a model could answer', conversationPath(request))
  checkCalls(request, turns)
  return { system: placed.slice(0, opening).flat().map(asInstruction), turns: turns.map(resultsFirst) }
}

const isInstruction = (role: Message['role']): boolean => role === 'system' || role === 'developer'

function placeParts(request: ChatRequest, { parts, name }: Message, index: number, losses: Losses): Placed[] {
  if (name !== undefined) losses.note(`${messagePath(request, index)}.name`, 'removed: messages have no names there')
  return parts
    .map((part, at) => ({ part, path: partPath(request, index, at) }))
    .filter(({ part }) => part.type !== 'text' || part.text.trim() !== '')
}

function asInstruction({ part, path }: Placed): Placed<TextPart> {
  if (part.type === 'text') return { part, path }
  throw new GatewayError('invalid_request', `${path}: instructions can only be text here, not ${part.type}.`, {
    param: path,
  })
}

const wrapInstruction = (placed: Placed): Placed => {
  const { part, path } = asInstruction(placed)
  return { path, part: { ...part, text: `<system>\n${part.text}\n</system>` } }
}

const resultsFirst = ({ role, parts }: Turn): Turn => {
  const isResult = ({ part }: Placed) => part.type === 'tool-result'
  return { role, parts: [...parts.filter(isResult), ...parts.filter((placed) => !isResult(placed))] }
}

/** Every call has its result in the next turn, every result its call in the one before. */
export function checkCalls(request: ChatRequest, turns: readonly Turn[]): void {
  let open = new Set<string>()
  for (const turn of turns) {
    for (const { part, path } of turn.parts) {
      if (part.type === 'tool-result' && !open.delete(part.callId))
        throw wrong(`holds a result for the tool call "${part.callId}", which the turn before it did not make`, path)
    }
    checkNoneOpen(request, open)
    open = callsOf(turn)
  }
  checkNoneOpen(request, open)
}

function checkNoneOpen(request: ChatRequest, [missing]: ReadonlySet<string>): void {
  if (missing !== undefined) throw wrong(`lacks the result of the tool call "${missing}"`, conversationPath(request))
}

const callsOf = ({ parts }: Turn): Set<string> => new Set(parts.filter(isCall).map(({ part }) => part.id))

const isCall = (placed: Placed): placed is Placed<ToolCallPart> => placed.part.type === 'tool-call'

const wrong = (what: string, param: string): GatewayError =>
  new GatewayError('invalid_request', `${param} ${what}.`, { param })
