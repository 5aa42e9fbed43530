import type { FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import { LABEL, NAME } from '../../openai-shared/name.ts'

/** Encodes tools, tool choice, and tools that are separate fields. Throws GatewayError `unsupported_parameter`. */
export function encodeTools(context: EncodeContext): Readonly<Record<string, unknown>> {
  const { request, losses } = context
  const [listed, fields] = [[] as object[], {} as Record<string, unknown>]
  for (const [index, tool] of request.tools.entries()) {
    if (tool.type === 'function') listed.push(encodeTool(tool, `tools[${index}]`, context))
    else if (tool.format !== NAME) throw unsupportedTool(tool, index)
    else if (tool.kind === 'web_search_options') fields[tool.kind] = tool.value
    else listed.push(tool.value as object)
  }
  const { toolChoice, parallelTools } = request
  if (listed.length > 0)
    return {
      tools: listed,
      ...(toolChoice && { tool_choice: encodeChoice(toolChoice) }),
      ...(parallelTools !== undefined && { parallel_tool_calls: parallelTools }),
      ...fields,
    }
  // Upstreams reject both fields if there are no tools.
  if (toolChoice) losses.note('tool_choice', 'removed: there are no tools')
  if (parallelTools !== undefined) losses.note('parallel_tool_calls', 'removed: there are no tools')
  return fields
}

const unsupportedTool = (tool: Exclude<Tool, FunctionTool>, index: number) =>
  unsupported(`tools[${index}]`, `${tool.kind} is a tool of ${tool.format}; ${LABEL} cannot run it`)

function encodeTool(tool: FunctionTool, path: string, context: EncodeContext): object {
  const { name, description, parameters, strict, cache, extra } = tool
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters && { parameters }),
      ...(strict !== undefined && { strict }),
    },
    ...encodeCache(cache, 'elsewhere', path, context),
    ...ownExtra(extra, context),
  }
}

function encodeChoice(choice: ToolChoice): unknown {
  switch (choice.type) {
    case 'tool':
      return named(choice.name)
    case 'subset':
      return {
        type: 'allowed_tools',
        allowed_tools: { mode: choice.mustCall ? 'required' : 'auto', tools: choice.names.map(named) },
      }
    case 'native':
      if (choice.format === NAME) return choice.value
      throw unsupported('tool_choice', `this choice exists only in ${choice.format}; ${LABEL} has no equivalent`)
    default:
      return choice.type
  }
}

const named = (name: string): object => ({ type: 'function', function: { name } })
