import type { ChatRequest } from '../../chat/request.ts'
import type { Losses } from './losses.ts'

/**
 * Removes the tools that only the provider of another format can run (its web search, for example) if the client offers
 * them beside functions of its own, because agents offer all their tools to every model. Each removal is noted. The
 * tools stay, to be rejected by name, if one of them must be called or if the client offers nothing else.
 */
export function withoutProviderTools(request: ChatRequest, format: string, losses: Losses): ChatRequest {
  const { tools, toolChoice } = request
  const isUnsupported = (tool: ChatRequest['tools'][number]) => tool.type === 'native' && tool.format !== format
  if (toolChoice?.type === 'native' || !tools.some(isUnsupported)) return request
  const kept = tools.filter((tool) => !isUnsupported(tool))
  if (!kept.some(({ type }) => type === 'function')) return request
  for (const [index, tool] of tools.entries())
    if (tool.type === 'native' && isUnsupported(tool))
      losses.note(`tools[${index}]`, `removed: ${tool.kind} is a tool of ${tool.format} only`)
  return { ...request, tools: kept }
}
