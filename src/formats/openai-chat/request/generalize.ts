import type { NativePart, ToolCallPart } from '../../../chat/part.ts'
import type { ChatRequest, Tool, ToolChoice } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import { filled, listOf } from '../../fields/values.ts'
import { mapParts } from '../../history/map-parts.ts'
import { freeformArguments, freeformFunction, readFreeform } from '../../openai-shared/freeform-tools.ts'
import { NAME } from '../../openai-shared/name.ts'
import type { Losses } from '../../translation/losses.ts'

const CUSTOM = 'custom'

/** Tools with free text (type `custom`), their calls and choice, as functions with one string. */
export function generalize(request: ChatRequest, losses: Losses): ChatRequest {
  const { tools, toolChoice } = request
  const general = mapParts(request, (part) => (part.type === 'native' ? (callOf(part) ?? part) : part))
  const isCustom = tools.some((tool) => tool.type === 'native' && tool.kind === CUSTOM)
  if (!isCustom && toolChoice?.type !== 'native') return general
  return {
    ...general,
    tools: tools.map((tool, index) => functionOf(tool, `tools[${index}]`, losses) ?? tool),
    ...(toolChoice && { toolChoice: choiceOf(toolChoice) }),
  }
}

function functionOf(tool: Tool, path: string, losses: Losses): Tool | undefined {
  if (tool.type !== 'native' || tool.kind !== CUSTOM || !isRecord(tool.value)) return undefined
  const { custom } = tool.value
  const freeform = isRecord(custom) ? readFreeform(custom) : undefined
  return freeform && freeformFunction(freeform, `${path}.custom`, losses)
}

function callOf({ format, kind, value }: NativePart): ToolCallPart | undefined {
  if (format !== NAME || kind !== CUSTOM || !isRecord(value) || !isRecord(value['custom'])) return undefined
  const { name, input } = value['custom']
  const id = filled(value['id'])
  if (id === undefined || typeof name !== 'string') return undefined
  return { type: 'tool-call', id, name, arguments: freeformArguments(input) }
}

/** `{type: custom, custom: {name}}`, or a list of allowed tools that contains such tools. */
function choiceOf(choice: ToolChoice): ToolChoice {
  if (choice.type !== 'native' || choice.format !== NAME || !isRecord(choice.value)) return choice
  const { type, allowed_tools: allowed } = choice.value
  const name = nameIn(choice.value)
  if (type === CUSTOM && name !== undefined) return { type: 'tool', name }
  if (type !== 'allowed_tools' || !isRecord(allowed)) return choice
  const names = listOf(allowed['tools']).map(nameIn)
  return names.every((each) => each !== undefined)
    ? { type: 'subset', names, mustCall: allowed['mode'] === 'required' }
    : choice
}

function nameIn(tool: unknown): string | undefined {
  if (!isRecord(tool)) return undefined
  const inner = tool[tool['type'] === CUSTOM ? CUSTOM : 'function']
  return isRecord(inner) ? filled(inner['name']) : undefined
}
