import type { ChatRequest, Tool } from '../../chat/request.ts'
import type { Losses } from './losses.ts'
import { combiningKeywords, withObjectRoot } from './object-root.ts'

/**
 * The request with tools that have a plain object at the root of their schema, which most providers require. Schemas
 * with alternatives there lose them, which is noted. Throws GatewayError `unsupported_parameter`.
 */
export function withObjectRoots(request: ChatRequest, losses: Losses): ChatRequest {
  const tools = request.tools.map((tool, index) => fitTool(tool, `tools[${index}]`, losses))
  return tools.every((tool, index) => tool === request.tools[index]) ? request : { ...request, tools }
}

function fitTool(tool: Tool, path: string, losses: Losses): Tool {
  if (tool.type !== 'function' || !tool.parameters) return tool
  const parameters = withObjectRoot(tool.parameters, path)
  if (parameters === tool.parameters) return tool
  const keywords = combiningKeywords(tool.parameters).filter((keyword) => keyword !== '$ref')
  if (keywords.length > 0)
    losses.note(
      `${path}.parameters`,
      `changed: ${keywords.join(', ')} at the root of the schema became optional properties, because the upstream requires a plain object there`,
    )
  return { ...tool, parameters }
}
