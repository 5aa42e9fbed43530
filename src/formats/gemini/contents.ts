import type { Seal } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { isRecord } from '../fields/fields.ts'
import { unsupported } from '../fields/unsupported.ts'
import { originalOf } from '../fields/originals.ts'
import { conversationOf, type Placed, type Turn } from '../translation/turns.ts'
import { encodePart, type PartRules, type WirePart } from './encode-part.ts'
import { isMadeId } from './ids.ts'
import { withExtra } from './proto.ts'
import { ownSignature, PLACEHOLDER } from './signature.ts'

export interface Contents {
  readonly contents: Record<string, unknown>[]
  readonly systemInstruction?: Record<string, unknown>
}

/** The conversation of Gemini's own client, message by message as it came. */
export function encodeOwnContents({ messages }: ChatRequest, rules: PartRules): Contents {
  const contents: Record<string, unknown>[] = []
  let systemInstruction: Record<string, unknown> | undefined
  for (const message of messages) {
    const parts = message.parts.flatMap((part) => encodePart({ part, path: 'contents' }, rules))
    const original = originalOf(message)
    const role = isRecord(original) ? original['role'] : ROLES[message.role]
    const content = withExtra({ ...(role !== undefined && { role }), parts }, message.extra)
    if (message.role === 'system') systemInstruction = content
    else contents.push(content)
  }
  return { contents, ...(systemInstruction && { systemInstruction }) }
}

const ROLES = { system: undefined, developer: undefined, user: 'user', assistant: 'model', tool: 'function' } as const

/** A conversation of another language: instructions apart, two speakers in turns, results right after their calls. */
export function encodeContents(request: ChatRequest, rules: PartRules, mayPrefill: boolean): Contents {
  const { system, turns } = conversationOf(request, rules.losses)
  const last = turns.at(-1)!
  if (last.role === 'assistant' && !mayPrefill)
    throw unsupported(last.parts.at(-1)!.path, 'Gemini does not go on with a last message of the assistant')
  for (const turn of turns) if (turn.role === 'assistant') noteIssuedIds(turn, rules)
  const contents = turns.map((turn) =>
    turn.role === 'user'
      ? { role: 'user', parts: encodeUserTurn(turn, rules) }
      : { role: 'model', parts: encodeModelTurn(turn, rules) },
  )
  const instructions = system.flatMap((placed) => encodePart(placed, rules))
  if (instructions.length === 0) return { contents }
  if (rules.model.takesInstructions) return { contents, systemInstruction: { parts: instructions } }
  return { contents: withInstructions(instructions, contents) }
}

/** For models that take none (Gemma): the user says them first. */
function withInstructions(parts: WirePart[], contents: Record<string, unknown>[]): Record<string, unknown>[] {
  const [first, ...others] = contents as { role: string; parts: WirePart[] }[]
  if (first?.role !== 'user') return [{ role: 'user', parts }, ...contents]
  return [{ role: 'user', parts: [...parts, ...first.parts] }, ...others]
}

/** A turn that Gemini signed is Gemini's, and so are its ids, but for those that were made here. */
function noteIssuedIds({ parts }: Turn, { issuedIds }: PartRules): void {
  if (!parts.some(({ part }) => 'seal' in part && part.seal?.origin === 'gemini')) return
  for (const { part } of parts) if (part.type === 'tool-call' && !isMadeId(part.id)) issuedIds.add(part.id)
}

/** Results first, all of them; the pictures that stand beside them after the last. */
function encodeUserTurn({ parts }: Turn, rules: PartRules): WirePart[] {
  const wire = parts.flatMap((placed) => encodePart(placed, rules))
  const isResult = (part: WirePart) => 'functionResponse' in part
  return [...wire.filter(isResult), ...wire.filter((part) => !isResult(part))]
}

/**
 * Clients that have no place for a signature on a call bring it on the reasoning before it: it moves back. Reasoning
 * of other models stays behind. The first call of a step has to be signed for Gemini 3.
 */
function encodeModelTurn({ parts }: Turn, rules: PartRules): WirePart[] {
  const wire: WirePart[] = []
  let pending: Seal | undefined
  let hasCall = false
  for (const placed of parts) {
    const { part, path } = placed
    if (part.type === 'reasoning') {
      pending = readReasoning(placed, wire, rules) ?? pending
      continue
    }
    const [first, ...others] = encodePart(placed, rules)
    if (pending && (part.type === 'tool-call' || part.type === 'text')) {
      first!['thoughtSignature'] ??= ownSignature(pending)
      pending = undefined
    }
    if (part.type === 'tool-call') {
      if (!hasCall) signFirst(first!, path, rules)
      hasCall = true
    }
    wire.push(first!, ...others)
  }
  if (pending) wire.push({ text: '', thoughtSignature: ownSignature(pending) })
  return wire
}

/** Thoughts of Gemini's own go back as they were, and their signature with what follows. */
function readReasoning({ part, path }: Placed, wire: WirePart[], { losses }: PartRules): Seal | undefined {
  if (part.type !== 'reasoning') return undefined
  if (ownSignature(part.seal) === undefined) {
    losses.note(path, 'removed: reasoning goes back to the model that it came from only')
    return undefined
  }
  if (part.text !== '') wire.push({ text: part.text, thought: true })
  return part.seal
}

function signFirst(call: WirePart, path: string, { model, losses }: PartRules): void {
  if (call['thoughtSignature'] !== undefined || !model.wantsSignatures) return
  call['thoughtSignature'] = PLACEHOLDER
  losses.note(
    path,
    "the call lacks Gemini's signature: a placeholder stands for it, and the thoughts behind it are lost",
  )
}
