import type { ChatRequest, Effort, ReasoningControl } from '../../chat/request.ts'
import { budgetOf, effortOf } from '../translation/effort.ts'
import type { Fields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { fieldName } from '../fields/field-names.ts'
import { type GeminiModel, type Level, LEVELS, type Thinking } from './models.ts'
import { extraOf, pathOf } from './proto.ts'

/** `thinkingBudget` by which the model decides itself. */
const DYNAMIC = -1

/** Tokens of thought for the least effort that is one. */
const LITTLE = 512

/** Most tokens of an answer, where the client set no limit of its own. */
const MOST_OUTPUT = 65_536

/** Source: https://ai.google.dev/api/generate-content#ThinkingConfig */
export function decodeThinking(config: Fields): { reasoning?: ReasoningControl; extra: Record<string, unknown> } {
  const includeThoughts = config.boolean('includeThoughts')
  const budget = config.number('thinkingBudget')
  const given = config.any('thinkingLevel')
  const effort = LEVELS.find((level) => level.toUpperCase() === String(given).toUpperCase())
  const reasoning: ReasoningControl = {
    ...(effort && { effort }),
    ...(budget !== undefined && readBudget(budget)),
    ...(includeThoughts !== undefined && { summary: includeThoughts ? 'auto' : 'none' }),
  }
  const extra: Record<string, unknown> = {}
  if (!effort && given !== undefined && given !== null) extra[pathOf(config, 'thinkingLevel')] = given
  const rest = extraOf([[config.path, config]])
  return { ...(Object.keys(reasoning).length > 0 && { reasoning }), extra: { ...extra, ...rest.extra } }
}

function readBudget(budget: number): ReasoningControl {
  if (budget === DYNAMIC) return { mode: 'adaptive' }
  return budget === 0 ? { mode: 'off' } : { mode: 'on', budgetTokens: budget }
}

/** What Gemini's own client asked for, as it wrote it. */
export function encodeOwnThinking({ effort, budgetTokens, mode, summary }: ReasoningControl): Record<string, unknown> {
  const budget = mode === 'adaptive' ? DYNAMIC : mode === 'off' ? 0 : budgetTokens
  return {
    ...(effort && { thinkingLevel: effort.toUpperCase() }),
    ...(budget !== undefined && { thinkingBudget: budget }),
    ...(summary && { includeThoughts: summary !== 'none' }),
  }
}

/** A level or a budget, never both, by what the model takes. */
export function encodeThinking(
  request: ChatRequest,
  model: GeminiModel,
  losses: Losses,
): Record<string, unknown> | undefined {
  const { reasoning } = request
  if (!reasoning) return undefined
  const field = fieldName(request, 'reasoning')
  if (!model.thinking) {
    losses.note(field, 'removed: this model cannot be told how much to think')
    return undefined
  }
  const amount =
    model.thinking.by === 'level'
      ? levelOf(request, model.thinking, field, losses)
      : tokensOf(request, model.thinking, field, losses)
  return { ...amount, ...(showsThoughts(request) && { includeThoughts: true }) }
}

const isOff = ({ mode, effort }: ReasoningControl): boolean => mode === 'off' || effort === 'none'

/** Thoughts are asked for where the client can show them: Responses say so, the others have a place for them. */
function showsThoughts({ format, reasoning = {} }: ChatRequest): boolean {
  if (reasoning.summary !== undefined) return reasoning.summary !== 'none'
  return !isOff(reasoning) && format !== 'openai-responses'
}

type Levels = Extract<Thinking, { by: 'level' }>
type Budget = Extract<Thinking, { by: 'budget' }>

function levelOf(request: ChatRequest, { levels }: Levels, field: string, losses: Losses): Record<string, unknown> {
  const { reasoning = {} } = request
  if (isOff(reasoning)) losses.note(field, 'the lowest level: this model cannot stop thinking')
  const wanted = isOff(reasoning) ? 'minimal' : wantedLevel(request)
  if (wanted === undefined) return {}
  const least = LEVELS.indexOf(wanted)
  return { thinkingLevel: (levels.find((level) => LEVELS.indexOf(level) >= least) ?? levels.at(-1)!).toUpperCase() }
}

function wantedLevel({ reasoning = {}, maxOutput = MOST_OUTPUT }: ChatRequest): Level | undefined {
  const { budgetTokens } = reasoning
  const effort = reasoning.effort ?? (budgetTokens === undefined ? undefined : effortOf(budgetTokens, maxOutput))
  if (effort === undefined) return undefined
  return LEVELS.find((level) => level === effort) ?? 'high'
}

function tokensOf(request: ChatRequest, model: Budget, field: string, losses: Losses): Record<string, unknown> {
  const { reasoning = {}, maxOutput = MOST_OUTPUT } = request
  if (isOff(reasoning)) {
    if (!model.canBeOff) losses.note(field, `${model.least} tokens: this model cannot stop thinking`)
    return { thinkingBudget: model.canBeOff ? 0 : model.least }
  }
  const { effort, budgetTokens } = reasoning
  const wanted = budgetTokens ?? (effort && effort !== 'none' ? effortTokens(effort, maxOutput, model) : undefined)
  if (wanted === undefined) return reasoning.mode === 'adaptive' ? { thinkingBudget: DYNAMIC } : {}
  const budget = Math.min(model.most, Math.max(model.least, wanted))
  if (budgetTokens !== undefined && budget !== budgetTokens)
    losses.note(field, `${budget} tokens: the nearest this model takes`)
  return { thinkingBudget: budget }
}

function effortTokens(effort: Exclude<Effort, 'none'>, maxOutput: number, { most }: Budget): number {
  if (effort === 'minimal') return LITTLE
  return effort === 'xhigh' || effort === 'max' ? most : budgetOf(effort, maxOutput)
}
