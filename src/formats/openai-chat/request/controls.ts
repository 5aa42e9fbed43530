import type { Effort, ReasoningControl } from '../../../chat/request.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import { defined } from '../../fields/defined.ts'
import { withOriginal } from '../../fields/originals.ts'

const EFFORTS: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] satisfies Effort[]
const SUMMARIES: readonly string[] = ['auto', 'concise', 'detailed'] satisfies ReasoningControl['summary'][]
const MODES = { enabled: 'on', disabled: 'off', adaptive: 'adaptive' } as const

const effortOf = (value: unknown): Effort | undefined =>
  EFFORTS.includes(value as string) ? (value as Effort) : undefined

/**
 * Decodes the reasoning control: OpenAI's `reasoning_effort`; OpenRouter's `reasoning` {effort, max_tokens, exclude,
 * summary}; the `thinking` {type, budget_tokens} of DeepSeek, z.ai and LiteLLM's clients. Unknown values are carried.
 */
export function decodeReasoningControl(fields: Fields): {
  reasoning?: ReasoningControl
  extra: Record<string, unknown>
} {
  const extra: Record<string, unknown> = {}
  const effortValue = fields.any('reasoning_effort') ?? undefined
  if (effortValue !== undefined && !effortOf(effortValue)) extra['reasoning_effort'] = effortValue
  const control = defined({ effort: effortOf(effortValue) })
  const reasoning = fields.any('reasoning') ?? undefined
  const thinking = fields.any('thinking') ?? undefined
  const more = readReasoning(reasoning)
  const mode = readThinking(thinking)
  if (reasoning !== undefined && !more) extra['reasoning'] = reasoning
  if (thinking !== undefined && !mode) extra['thinking'] = thinking
  const all = { ...more, ...mode, ...control }
  if (Object.keys(all).length === 0) return { extra }
  const original = { reasoning_effort: effortValue, reasoning, thinking }
  const own = Object.entries(original).filter(([key, value]) => value !== undefined && !(key in extra))
  return { reasoning: withOriginal(all, Object.fromEntries(own)), extra }
}

function readReasoning(value: unknown): ReasoningControl | undefined {
  if (!isRecord(value)) return undefined
  const { effort, max_tokens: budget, exclude, summary, ...rest } = value
  if (Object.keys(rest).length > 0) return undefined
  const shown = exclude === true ? 'none' : SUMMARIES.includes(summary as string) ? summary : undefined
  return defined({
    effort: effortOf(effort),
    budgetTokens: typeof budget === 'number' ? budget : undefined,
    summary: shown as ReasoningControl['summary'],
  })
}

function readThinking(value: unknown): ReasoningControl | undefined {
  if (!isRecord(value)) return undefined
  const { type, budget_tokens: budget, ...rest } = value
  if (Object.keys(rest).length > 0 || typeof type !== 'string' || !Object.hasOwn(MODES, type)) return undefined
  return {
    mode: MODES[type as keyof typeof MODES],
    ...(typeof budget === 'number' && { budgetTokens: budget }),
  }
}
