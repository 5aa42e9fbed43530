import type { Seal } from '../../../chat/part.ts'
import type { ChatRequest } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { originalOf } from '../../fields/originals.ts'
import { conversationOf, type Placed, type Turn } from '../../translation/turns.ts'
import { encodePart, type PartRules, type WirePart } from '../content/encode-part.ts'
import { isGeneratedId } from '../content/ids.ts'
import { withExtra } from '../proto.ts'
import { ownSignature, PLACEHOLDER } from '../content/signature.ts'

export interface Contents {
  readonly contents: Record<string, unknown>[]
  readonly systemInstruction?: Record<string, unknown>
}

/** Writes the conversation of a Gemini request, each message unchanged. */
export function encodeOwnContents({ messages }: ChatRequest, rules: PartRules): Contents {
  const contents: Record<string, unknown>[] = []
  let systemInstruction: Record<string, unknown> | undefined
  for (const message of messages) {
    const parts = message.parts.flatMap((part) => encodePart({ part, path: 'contents' }, rules))
    const call = message.role === 'assistant' ? parts.find((part) => 'functionCall' in part) : undefined
    if (call) signFirst(call, 'contents', rules)
    const original = originalOf(message)
    const role = isRecord(original) ? original['role'] : ROLES[message.role]
    const content = withExtra({ ...(role !== undefined && { role }), parts }, message.extra)
    if (message.role === 'system') systemInstruction = content
    else contents.push(content)
  }
  return { contents, ...(systemInstruction && { systemInstruction }) }
}

const ROLES = { system: undefined, developer: undefined, user: 'user', assistant: 'model', tool: 'function' } as const

/**
 * Writes a conversation of another format: separate system instruction, alternating roles, results right after calls.
 */
export function encodeContents(request: ChatRequest, rules: PartRules, supportsPrefill: boolean): Contents {
  const { system, turns } = conversationOf(request, rules.losses)
  const last = turns.at(-1)!
  if (last.role === 'assistant' && !supportsPrefill)
    throw unsupported(
      last.parts.at(-1)!.path,
      'Gemini cannot continue an assistant message; the last message must be from the user',
    )
  for (const turn of turns) if (turn.role === 'assistant') noteIssuedIds(turn, rules)
  const contents = alternating(
    turns.map((turn) =>
      turn.role === 'user'
        ? { role: 'user', parts: encodeUserTurn(turn, rules) }
        : { role: 'model', parts: encodeModelTurn(turn, rules) },
    ),
  )
  const instructions = system.flatMap((placed) => encodePart(placed, rules))
  if (instructions.length === 0) return { contents }
  if (rules.model.supportsSystemInstruction) return { contents, systemInstruction: { parts: instructions } }
  return { contents: withInstructions(instructions, contents) }
}

interface Content extends Record<string, unknown> {
  readonly role: string
  readonly parts: WirePart[]
}

/** Drops turns without parts, which Gemini rejects, and merges neighbours of one role. */
function alternating(contents: readonly Content[]): Content[] {
  const kept: Content[] = []
  for (const { role, parts } of contents) {
    const last = kept.at(-1)
    if (parts.length === 0) continue
    if (last?.role === role) kept[kept.length - 1] = { role, parts: [...last.parts, ...parts] }
    else kept.push({ role, parts })
  }
  return kept
}

/** For models without a system instruction (Gemma): it becomes the start of the first user message. */
function withInstructions(parts: WirePart[], contents: Record<string, unknown>[]): Record<string, unknown>[] {
  const [first, ...others] = contents as { role: string; parts: WirePart[] }[]
  if (first?.role !== 'user') return [{ role: 'user', parts }, ...contents]
  return [{ role: 'user', parts: [...parts, ...first.parts] }, ...others]
}

/** Ids in a turn that Gemini signed are Gemini's own, except for generated ones. */
function noteIssuedIds({ parts }: Turn, { issuedIds }: PartRules): void {
  if (!parts.some(({ part }) => 'seal' in part && part.seal?.origin === 'gemini')) return
  for (const { part } of parts) if (part.type === 'tool-call' && !isGeneratedId(part.id)) issuedIds.add(part.id)
}

/** All results first, then all other parts, such as images next to a result. */
function encodeUserTurn({ parts }: Turn, rules: PartRules): WirePart[] {
  const wire = parts.flatMap((placed) => encodePart(placed, rules))
  const isResult = (part: WirePart) => 'functionResponse' in part
  return [...wire.filter(isResult), ...wire.filter((part) => !isResult(part))]
}

/**
 * Clients whose format cannot express the signature of a call send it with the reasoning before the call. It is moved
 * back to the call. Reasoning of other models is dropped. Gemini 3 requires a signature on the first call of a step.
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
    if (pending && SIGNED.has(part.type)) {
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

/** Kinds of parts that Gemini signs. */
const SIGNED: ReadonlySet<string> = new Set(['tool-call', 'text', 'media'])

/** Writes Gemini's own thoughts unchanged, and returns their signature for the next part. */
function readReasoning({ part, path }: Placed, wire: WirePart[], { losses }: PartRules): Seal | undefined {
  if (part.type !== 'reasoning') return undefined
  if (ownSignature(part.seal) === undefined) {
    losses.note(path, 'removed: reasoning is sent back only to the provider that made it')
    return undefined
  }
  if (part.text !== '') wire.push({ text: part.text, thought: true })
  return part.seal
}

function signFirst(call: WirePart, path: string, { model, losses }: PartRules): void {
  if (call['thoughtSignature'] !== undefined || !model.requiresSignatures) return
  call['thoughtSignature'] = PLACEHOLDER
  losses.note(
    path,
    "changed: the call has no signature of Gemini's, so Sluice adds a placeholder; the reasoning behind it is lost",
  )
}
