import type { ChatRequest, FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import { LABEL, NAME } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** Encodes tools and tool choice. Throws GatewayError `unsupported_parameter` for native tools of other formats. */
export function encodeTools(context: EncodeContext): JsonObject {
  const { request, losses } = context
  const { toolChoice, parallelTools } = request
  if (request.tools.length > 0)
    return {
      tools: request.tools.map((tool, index) => encodeTool(tool, `tools[${index}]`, context)),
      ...(toolChoice && { tool_choice: encodeChoice(toolChoice) }),
      ...(parallelTools !== undefined && { parallel_tool_calls: parallelTools }),
    }
  if (context.isOwn)
    return {
      ...(toolChoice && { tool_choice: encodeChoice(toolChoice) }),
      ...(parallelTools !== undefined && { parallel_tool_calls: parallelTools }),
    }
  // Upstreams reject both fields if there are no tools.
  if (toolChoice) losses.note('tool_choice', 'removed: there are no tools')
  if (parallelTools !== undefined) losses.note('parallel_tool_calls', 'removed: there are no tools')
  return {}
}

function encodeTool(tool: Tool, path: string, context: EncodeContext): JsonObject {
  if (tool.type === 'native') {
    if (tool.format === NAME) return tool.value as JsonObject
    throw unsupported(path, `${tool.kind} is a tool of ${tool.format}; ${LABEL} cannot run it`)
  }
  return {
    ...encodeFunction(tool, context.isOwn),
    ...encodeCache(tool.cache, 'elsewhere', path, context),
    ...ownExtra(tool.extra, context),
  }
}

/** In this format functions are strict by default, in all others they are not; so `strict` is always written. */
function encodeFunction({ name, description, parameters, strict }: FunctionTool, isOwn: boolean): JsonObject {
  const schema = parameters ?? (isOwn ? undefined : { type: 'object', properties: {} })
  return {
    type: 'function',
    name,
    ...(description !== undefined && { description }),
    ...(schema && { parameters: schema }),
    ...((strict !== undefined || !isOwn) && { strict: strict ?? false }),
  }
}

export function encodeChoice(choice: ToolChoice): unknown {
  switch (choice.type) {
    case 'tool':
      return named(choice.name)
    case 'subset':
      return { type: 'allowed_tools', mode: choice.mustCall ? 'required' : 'auto', tools: choice.names.map(named) }
    case 'native':
      if (choice.format === NAME) return choice.value
      throw unsupported('tool_choice', `this choice exists only in ${choice.format}; ${LABEL} has no equivalent`)
    default:
      return choice.type
  }
}

const named = (name: string): JsonObject => ({ type: 'function', name })

/** The tools as a response repeats them, with every key that clients' types require. */
export const echoTools = ({ tools }: ChatRequest): JsonObject[] =>
  tools.flatMap((tool) => {
    if (tool.type === 'native') return tool.format === NAME ? [tool.value as JsonObject] : []
    const { name, description = null, parameters = null, strict = false, extra } = tool
    return [{ type: 'function', name, description, parameters, strict, ...extra }]
  })
