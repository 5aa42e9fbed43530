import type { Extra } from '../../../chat/part.ts'
import type { ChatRequest, FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import { markIn } from '../content/cache.ts'
import { CONVERSE } from '../name.ts'

type Choice = Pick<ChatRequest, 'toolChoice' | 'parallelTools'>

/**
 * Reads `toolConfig`: the tools with their cache marks, and the tool choice. `rest`: its unread fields. What Converse's
 * choice cannot express can be in Claude's `tool_choice` among the model's own fields (`own`).
 */
export function decodeToolConfig(
  request: Fields,
  own: Fields | undefined,
): {
  readonly tools: readonly Tool[]
  readonly choice: Choice
  readonly rest: Extra | undefined
} {
  const config = request.object('toolConfig')
  if (!config) return { tools: [], choice: claudeChoice(own), rest: undefined }
  const tools: Tool[] = []
  for (const block of config.objects('tools') ?? []) {
    const mark = markIn(block)
    const last = tools.at(-1)
    if (mark && last?.type === 'function' && !last.cache) tools[tools.length - 1] = { ...last, cache: mark }
    else tools.push(decodeTool(block))
  }
  const given = config.object('toolChoice')
  return { tools, choice: given ? { toolChoice: choiceOf(given) } : claudeChoice(own), rest: config.rest() }
}

/** Reads Claude's choice if Converse's cannot express it: no tool calls, or one at a time. */
function claudeChoice(own: Fields | undefined): Choice {
  const given = own?.peek('tool_choice')
  if (!isRecord(given)) return {}
  const { type, disable_parallel_tool_use: isSingle, name, ...rest } = given
  const isClaudeOnly = type === 'none' || typeof isSingle === 'boolean'
  const toolChoice =
    claudeChoiceType(type) ?? (type === 'tool' && typeof name === 'string' ? { type, name } : undefined)
  if (!isClaudeOnly || !toolChoice || Object.keys(rest).length > 0) return {}
  own!.any('tool_choice')
  return { toolChoice, ...(typeof isSingle === 'boolean' && { parallelTools: !isSingle }) }
}

const claudeChoiceType = (type: unknown): ToolChoice | undefined =>
  typeof type === 'string' && Object.hasOwn(CLAUDE_CHOICES, type) ? CLAUDE_CHOICES[type] : undefined

const CLAUDE_CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { type: 'auto' },
  any: { type: 'required' },
  none: { type: 'none' },
}

function decodeTool(block: Fields): Tool {
  const given = block.rest() ?? {}
  const kind = Object.keys(given)[0] ?? 'empty'
  const spec = kind === 'toolSpec' ? block.requiredObject('toolSpec') : undefined
  return spec ? functionOf(spec) : { type: 'native', format: CONVERSE, kind, value: given }
}

function functionOf(spec: Fields): FunctionTool {
  const description = spec.string('description')
  const schema = spec.object('inputSchema')
  const parameters = schema?.record('json')
  const strict = spec.boolean('strict')
  return {
    type: 'function',
    name: spec.requiredString('name'),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
    ...spec.extra({ inputSchema: schema?.rest() }),
  }
}

function choiceOf(given: Fields): ToolChoice {
  const value = given.whole()
  const { auto, any, tool } = value
  if (isEmpty(auto)) return { type: 'auto' }
  if (isEmpty(any)) return { type: 'required' }
  if (isRecord(tool) && typeof tool['name'] === 'string') return { type: 'tool', name: tool['name'] }
  return { type: 'native', format: CONVERSE, value }
}

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0
