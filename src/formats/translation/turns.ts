import type { Part, TextPart, ToolCallPart } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { GatewayError } from '../../errors.ts'
import type { Losses } from './losses.ts'
import { conversationPath, messagePath, partPath } from '../fields/request-paths.ts'

/** A part and its path in the client's request, for messages about it. */
export interface Placed<Kind extends Part = Part> {
  readonly part: Kind
  /** `messages[2].content[0]`, in the notation of the client's format. */
  readonly path: string
}

export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly parts: readonly Placed[]
}

export interface Conversation {
  /** The instructions before the first turn. */
  readonly system: readonly Placed<TextPart>[]
  readonly turns: readonly Turn[]
}

/**
 * Converts the messages for formats in which user and assistant take turns (Anthropic, Gemini, Converse). Instructions
 * at the beginning are separated from the turns. Tool results go into the user's turn, before its other parts. Adjacent
 * messages of one role become one turn. Empty texts are left out. Later instructions keep their place, as user text in
 * `<system>` tags.
 * Throws GatewayError `invalid_request` for a call without a result, a result without a call, and an empty conversation.
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
  if (turns.length === 0) throw wrong('has no user or assistant message with content', conversationPath(request))
  checkCalls(request, turns)
  return { system: placed.slice(0, opening).flat().map(asInstruction), turns: turns.map(resultsFirst) }
}

const isInstruction = (role: Message['role']): boolean => role === 'system' || role === 'developer'

/** The parts of a message with their paths, without empty texts. Notes the loss of a name. */
export function placeParts(request: ChatRequest, { parts, name }: Message, index: number, losses: Losses): Placed[] {
  if (name !== undefined)
    losses.note(`${messagePath(request, index)}.name`, 'removed: the target format has no message names')
  return parts
    .map((part, at) => ({ part, path: partPath(request, index, at) }))
    .filter(({ part }) => part.type !== 'text' || part.text.trim() !== '')
}

function asInstruction({ part, path }: Placed): Placed<TextPart> {
  if (part.type === 'text') return { part, path }
  throw new GatewayError('invalid_request', `${path}: instructions can only be text, not ${part.type}.`, {
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

/** Checks that every call has its result in the next turn, and every result its call in the previous turn. */
export function checkCalls(request: ChatRequest, turns: readonly Turn[]): void {
  let open = new Set<string>()
  for (const turn of turns) {
    for (const { part, path } of turn.parts) {
      if (part.type === 'tool-result' && !open.delete(part.callId))
        throw wrong(`has a result for the tool call "${part.callId}", but the previous turn has no such call`, path)
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
