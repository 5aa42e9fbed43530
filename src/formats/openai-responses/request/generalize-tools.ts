import type { FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { isRecord, requestFields } from '../../fields/fields.ts'
import { filled, listOf } from '../../fields/values.ts'
import { freeformFunction, readFreeform } from '../../openai-shared/freeform-tools.ts'
import type { Losses } from '../../translation/losses.ts'
import { decodeTool } from './decode-tools.ts'
import type { FlatNames } from './flat-names.ts'
import { NAME } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** A tool as functions: tools with free text, those of a namespace, the client's search for tools. Other tools stay. */
export function generalizeTool(tool: Tool, path: string, names: FlatNames, losses: Losses): readonly Tool[] {
  if (tool.type !== 'native' || tool.format !== NAME || !isRecord(tool.value)) return [tool]
  if (tool.kind === 'custom') return [customTool(tool.value, path, losses) ?? tool]
  if (tool.kind === 'tool_search') return [searchTool(tool.value) ?? tool]
  return tool.kind === 'namespace' ? namespaceTools(tool.value, path, names, losses) : [tool]
}

function customTool(value: JsonObject, path: string, losses: Losses): FunctionTool | undefined {
  const freeform = readFreeform(value)
  return freeform && freeformFunction(freeform, path, losses)
}

/** A search for tools that the client runs. A search that the provider runs stays; its tools are offered anyway. */
function searchTool({ execution, description, parameters }: JsonObject): FunctionTool | undefined {
  if (execution !== 'client') return undefined
  return {
    type: 'function',
    name: TOOL_SEARCH,
    ...(typeof description === 'string' && { description }),
    parameters: isRecord(parameters) ? parameters : { type: 'object', properties: {} },
    client: { name: TOOL_SEARCH, isToolSearch: true },
  }
}

export const TOOL_SEARCH = 'tool_search'

function namespaceTools(value: JsonObject, path: string, names: FlatNames, losses: Losses): readonly Tool[] {
  const namespace = filled(value['name'])
  return listOf(value['tools']).flatMap((inner, index): readonly Tool[] => {
    const innerPath = `${path}.tools[${index}]`
    const tool = decodeTool(requestFields(inner, innerPath), inner)
    const [general] = generalizeTool(tool, innerPath, names, losses)
    return general?.type === 'function' ? [inNamespace(general, namespace, names)] : [tool]
  })
}

function inNamespace(tool: FunctionTool, namespace: string | undefined, names: FlatNames): FunctionTool {
  if (namespace === undefined) return tool
  const client = { ...tool.client, name: tool.name, namespace }
  return { ...tool, name: names.of(namespace, tool.name), client }
}

/** A choice of tools with free text or in namespaces. Other choices stay. */
export function generalizeChoice(choice: ToolChoice, names: FlatNames): ToolChoice {
  if (choice.type !== 'native' || choice.format !== NAME || !isRecord(choice.value)) return choice
  const name = chosenName(choice.value, names)
  if (name !== undefined) return { type: 'tool', name }
  const { type, mode, tools } = choice.value
  const chosen = listOf(tools).map((tool) => (isRecord(tool) ? chosenName(tool, names) : undefined))
  return type === 'allowed_tools' && chosen.every((each) => each !== undefined)
    ? { type: 'subset', names: chosen, mustCall: mode === 'required' }
    : choice
}

const CHOSEN: ReadonlySet<unknown> = new Set(['function', 'custom'])

function chosenName({ type, name, namespace }: JsonObject, names: FlatNames): string | undefined {
  if (!CHOSEN.has(type) || typeof name !== 'string') return undefined
  return names.of(filled(namespace), name)
}
