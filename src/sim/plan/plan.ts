// The plan of a response, made before its first token: its text, its tokens, and its finish reason.
import type { Script } from './script.ts'
import type { Sampling } from '../wire/sampling.ts'
import { type ScannedPrompt, tokenEnd } from '../text/tokens.ts'
import { SimError } from '../wire/errors.ts'

/** What one output token adds: text, reasoning, or a part of a tool call (the first part of a call has the name). */
export type Delta = string | ReasoningDelta | ToolDelta

export interface ReasoningDelta {
  readonly reasoning: string
}

export interface ToolDelta {
  readonly call: number
  readonly name?: string
  /** The id of the call if it is not the server's to choose. Beside the name. */
  readonly id?: string
  readonly argumentsDelta: string
}

export type FinishReason = 'stop' | 'length' | 'tool_calls'

export interface ChoicePlan {
  /** The index of its prompt. */
  readonly prompt: number
  /** One per output token. */
  readonly deltas: readonly Delta[]
  readonly finishReason: FinishReason
  readonly stopReason: string | null
}

export interface Plan {
  /** One, except for completions of several prompts. */
  readonly prompts: readonly ScannedPrompt[]
  readonly sampling: Sampling
  readonly choices: readonly ChoicePlan[]
}

/** The properties of the server on which a response depends. */
export interface PlanContext {
  readonly model: string
  readonly blockTokens: number
  /** Prompt and output together. */
  readonly maxModelTokens: number
  /** What the model says instead of what it would generate. */
  readonly scripts?: readonly Script[]
  /** The reasoning is not shown, as in OpenAI's Chat Completions. */
  readonly hidesReasoning?: boolean
}

/** Returns the maximum number of output tokens. Throws a 400 if the prompt is too long. */
export function roomFor(prompt: ScannedPrompt, requested: number | undefined, { maxModelTokens }: PlanContext): number {
  const total = prompt.tokens + (requested ?? 1)
  if (total <= maxModelTokens) return requested ?? maxModelTokens - prompt.tokens
  throw new SimError(
    400,
    `This model's maximum context length is ${maxModelTokens} tokens. However, you requested ${total} tokens ` +
      `(${prompt.tokens} in the messages, ${requested ?? 1} in the completion). Please reduce the length of the messages or completion.`,
    'messages',
  )
}

/** An engine generates at least one token, even for an empty answer. */
export const outputTokens = (choice: ChoicePlan): number => Math.max(1, choice.deltas.length)

export const textOf = (choice: ChoicePlan): string =>
  choice.deltas.map((delta) => (typeof delta === 'string' ? delta : '')).join('')

export const isReasoning = (delta: Delta): delta is ReasoningDelta => typeof delta === 'object' && 'reasoning' in delta

export const reasoningOf = (choice: ChoicePlan): string =>
  choice.deltas.map((delta) => (isReasoning(delta) ? delta.reasoning : '')).join('')

export interface PlannedCall {
  readonly name: string
  readonly id?: string
  readonly arguments: string
}

/** The tool calls of a choice, assembled from its deltas. */
export function callsOf(choice: ChoicePlan): readonly PlannedCall[] {
  const calls: { name: string; id?: string; arguments: string }[] = []
  for (const delta of choice.deltas) {
    if (typeof delta === 'string' || isReasoning(delta)) continue
    const call = (calls[delta.call] ??= {
      name: delta.name ?? '',
      ...(delta.id !== undefined && { id: delta.id }),
      arguments: '',
    })
    call.arguments += delta.argumentsDelta
  }
  return calls
}

/** The deltas of a tool call: first the name, then the arguments token by token. */
export function callDeltas(call: number, name: string, json: string): ToolDelta[] {
  const deltas: ToolDelta[] = [{ call, name, argumentsDelta: '' }]
  for (let from = 0; from < json.length;) {
    const end = tokenEnd(json, from)
    deltas.push({ call, argumentsDelta: json.slice(from, end) })
    from = end
  }
  return deltas
}
