import type { ChatRequest, Effort, ReasoningControl } from '../../../chat/request.ts'
import { budgetOf, effortOf } from '../../translation/effort.ts'
import type { Fields } from '../../fields/fields.ts'
import { stringOf } from '../../fields/values.ts'
import type { Losses } from '../../translation/losses.ts'
import { fieldName } from '../../fields/field-names.ts'
import { type GeminiModel, type Level, LEVELS, type Thinking } from '../models.ts'
import { extraOf, pathOf, protoNumber } from '../proto.ts'

/** `thinkingBudget` with which the model decides itself. */
const DYNAMIC = -1

/** The thinking budget for the effort `minimal`, in tokens. */
const MINIMAL_BUDGET = 512

/** Maximum output tokens if the client set no limit. */
const MAX_OUTPUT = 65_536

/** Reads `thinkingConfig`. Source: https://ai.google.dev/api/generate-content#ThinkingConfig */
export function decodeThinking(config: Fields): { reasoning?: ReasoningControl; extra: Record<string, unknown> } {
  const includeThoughts = config.boolean('includeThoughts')
  const budget = protoNumber(config, 'thinkingBudget')
  const wireLevel = config.any('thinkingLevel')
  const effort = levelIn(wireLevel)
  const reasoning: ReasoningControl = {
    ...(effort && { effort }),
    ...(budget !== undefined && readBudget(budget)),
    ...(includeThoughts !== undefined && { summary: includeThoughts ? 'auto' : 'none' }),
  }
  const extra: Record<string, unknown> = {}
  if (!effort && wireLevel !== undefined && wireLevel !== null) extra[pathOf(config, 'thinkingLevel')] = wireLevel
  const rest = extraOf([[config.path, config]])
  return { ...(Object.keys(reasoning).length > 0 && { reasoning }), extra: { ...extra, ...rest.extra } }
}

/** Levels by number, for clients that write enums as numbers. */
const NUMBERED: readonly (Level | undefined)[] = [undefined, 'low', 'medium', 'high', 'minimal']

const levelIn = (value: unknown): Level | undefined =>
  typeof value === 'number' ? NUMBERED[value] : LEVELS.find((level) => level === stringOf(value).toLowerCase())

function readBudget(budget: number): ReasoningControl {
  if (budget === DYNAMIC) return { mode: 'adaptive' }
  return budget === 0 ? { mode: 'off' } : { mode: 'on', budgetTokens: budget }
}

/** Writes the thinking control of a request that was read from the Gemini format, unchanged. */
export function encodeOwnThinking({ effort, budgetTokens, mode, summary }: ReasoningControl): Record<string, unknown> {
  const budget = mode === 'adaptive' ? DYNAMIC : mode === 'off' ? 0 : budgetTokens
  return {
    ...(effort && { thinkingLevel: effort.toUpperCase() }),
    ...(budget !== undefined && { thinkingBudget: budget }),
    ...(summary && { includeThoughts: summary !== 'none' }),
  }
}

/** Writes a level or a budget, depending on the model. */
export function encodeThinking(
  request: ChatRequest,
  model: GeminiModel,
  losses: Losses,
): Record<string, unknown> | undefined {
  const { reasoning } = request
  if (!reasoning) return undefined
  const field = fieldName(request, 'reasoning')
  if (!model.thinking) {
    losses.note(field, 'removed: this model has no setting for reasoning')
    return undefined
  }
  const amount =
    model.thinking.by === 'level'
      ? levelOf(request, model.thinking, field, losses)
      : tokensOf(request, model.thinking, field, losses)
  return { ...amount, ...(showsThoughts(request) && { includeThoughts: true }) }
}

const isOff = ({ mode, effort }: ReasoningControl): boolean => mode === 'off' || effort === 'none'

/**
 * Requests thoughts if the client can show them. Responses clients ask for them; the other formats have a field for
 * them.
 */
function showsThoughts({ format, reasoning = {} }: ChatRequest): boolean {
  if (reasoning.summary !== undefined) return reasoning.summary !== 'none'
  return !isOff(reasoning) && format !== 'openai-responses'
}

type Levels = Extract<Thinking, { by: 'level' }>
type Budget = Extract<Thinking, { by: 'budget' }>

function levelOf(request: ChatRequest, { levels }: Levels, field: string, losses: Losses): Record<string, unknown> {
  const { reasoning = {} } = request
  if (isOff(reasoning)) losses.note(field, 'changed: set to the lowest level, because this model cannot stop thinking')
  const requested = isOff(reasoning) ? 'minimal' : requestedLevel(request)
  if (requested === undefined) return {}
  const lowest = LEVELS.indexOf(requested)
  return { thinkingLevel: (levels.find((level) => LEVELS.indexOf(level) >= lowest) ?? levels.at(-1)!).toUpperCase() }
}

function requestedLevel({ reasoning = {}, maxOutput = MAX_OUTPUT }: ChatRequest): Level | undefined {
  const { budgetTokens } = reasoning
  const effort = reasoning.effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens, maxOutput))
  if (effort === undefined) return undefined
  return LEVELS.find((level) => level === effort) ?? 'high'
}

function tokensOf(request: ChatRequest, model: Budget, field: string, losses: Losses): Record<string, unknown> {
  const { reasoning = {}, maxOutput = MAX_OUTPUT } = request
  if (isOff(reasoning)) {
    if (!model.canBeOff)
      losses.note(field, `changed: set to ${model.min} tokens, because this model cannot stop thinking`)
    return { thinkingBudget: model.canBeOff ? 0 : model.min }
  }
  const { effort, budgetTokens } = reasoning
  const requested = budgetTokens ?? (effort && effort !== 'none' ? effortTokens(effort, maxOutput, model) : undefined)
  if (requested === undefined) return reasoning.mode === 'adaptive' ? { thinkingBudget: DYNAMIC } : {}
  const budget = Math.min(model.max, Math.max(model.min, requested))
  if (budgetTokens !== undefined && budget !== budgetTokens)
    losses.note(field, `changed: set to ${budget} tokens, the nearest value that this model supports`)
  return { thinkingBudget: budget }
}

function effortTokens(effort: Exclude<Effort, 'none'>, maxOutput: number, { max }: Budget): number {
  if (effort === 'minimal') return MINIMAL_BUDGET
  return effort === 'xhigh' || effort === 'max' ? max : budgetOf(effort, maxOutput)
}
