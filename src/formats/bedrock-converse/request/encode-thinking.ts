import type { ChatRequest, Effort, ReasoningControl } from '../../../chat/request.ts'
import { encodeThinking as encodeClaudeThinking } from '../../claude/thinking.ts'
import { isForced } from '../../claude/forced-tool.ts'
import { claudeModel } from '../../claude/models.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import type { Losses } from '../../translation/losses.ts'
import type { Conversation, Placed } from '../../translation/turns.ts'
import { fieldName } from '../../fields/field-names.ts'
import type { ConverseModel } from '../models.ts'
import { CONVERSE } from '../name.ts'

export interface Thinking {
  /** The model's own fields. */
  readonly own: Readonly<Record<string, unknown>>
  /** `outputConfig.effort` */
  readonly effort?: string
  /** Claude accepts no temperature, top_p and top_k while it thinks. */
  readonly isOn: boolean
}

const NOT_THINKING: Thinking = { own: {}, isOn: false }

/** The thinking control, in the form of the model's family. */
export function encodeThinking(
  request: ChatRequest,
  { family }: ConverseModel,
  name: string,
  maxTokens: number,
  conversation: Conversation,
  losses: Losses,
): Thinking {
  const { reasoning } = request
  if (!reasoning) return NOT_THINKING
  if (family === 'claude') return claudeThinking(request, name, maxTokens, conversation, losses)
  const effort = effortFor(reasoning)
  const level = effort && LEVELS[effort]
  if (family === 'nova' && effort !== undefined) {
    const config = level === undefined ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: level }
    return { own: { reasoningConfig: config }, isOn: false }
  }
  if (family === 'gpt-oss' && level !== undefined) return { own: { reasoning_effort: level }, isOn: false }
  if (level !== undefined || family === 'gpt-oss')
    losses.note(fieldName(request, 'reasoning'), 'removed: this model has no setting for reasoning')
  return NOT_THINKING
}

/** Nova and gpt-oss have three levels. Undefined: no thinking. */
const LEVELS: Readonly<Record<Effort, string | undefined>> = {
  none: undefined,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
}

const effortFor = ({ effort, mode, budgetTokens }: ReasoningControl): Effort | undefined => {
  if (mode === 'off' || budgetTokens === 0) return 'none'
  return effort ?? (mode === undefined && budgetTokens === undefined ? undefined : 'medium')
}

/** A forced tool call excludes thinking. The client relies on the call, so thinking is dropped. */
function claudeThinking(
  request: ChatRequest,
  name: string,
  maxTokens: number,
  conversation: Conversation,
  losses: Losses,
): Thinking {
  const model = claudeModel(name)
  const inHistory = model.thinking === 'manual' ? obstacleIn(conversation) : undefined
  const obstacle = isForced(request) ? 'when a tool call is forced' : inHistory
  const { thinking, effort, isOn } = encodeClaudeThinking(request, model, maxTokens, obstacle, losses)
  return { own: thinking ? { thinking } : {}, ...(effort !== undefined && { effort }), isOn }
}

/**
 * With a thinking budget, Claude requires a thinking block at the start of every turn of the current tool loop
 * ("Expected thinking or redacted_thinking, but found tool_use").
 */
function obstacleIn({ turns }: Conversation): string | undefined {
  if (turns.at(-1)!.role === 'assistant') return 'when it continues an assistant message'
  const began = turns.findLastIndex(({ role, parts }) => role === 'user' && parts[0]?.part.type !== 'tool-result')
  const isMissing = turns
    .slice(began + 1)
    .some(({ role, parts }) => role === 'assistant' && hasCall(parts) && !isSealed(parts[0]!))
  return isMissing ? 'without the signed reasoning of the previous tool calls' : undefined
}

const hasCall = (parts: readonly Placed[]): boolean => parts.some(({ part }) => part.type === 'tool-call')

const isSealed = ({ part }: Placed): boolean =>
  part.type === 'reasoning' && (part.seal?.origin === CONVERSE || part.seal?.origin === ANTHROPIC)
