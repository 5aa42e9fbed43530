import type { ChatRequest } from '../../chat/request.ts'
import type { Losses } from './losses.ts'

/**
 * The request without the tools that only another language's provider could run (its web search, say), where the caller
 * merely offers them beside functions of its own: agents offer all they have to every model. Each is noted. They stay,
 * to be refused by name, where one of them has to be called, or where the caller offers nothing else.
 */
export function withoutProviderTools(request: ChatRequest, format: string, losses: Losses): ChatRequest {
  const { tools, toolChoice } = request
  const isUnsupported = (tool: ChatRequest['tools'][number]) => tool.type === 'native' && tool.format !== format
  if (toolChoice?.type === 'native' || !tools.some(isUnsupported)) return request
  const kept = tools.filter((tool) => !isUnsupported(tool))
  if (!kept.some(({ type }) => type === 'function')) return request
  for (const [index, tool] of tools.entries())
    if (tool.type === 'native' && isUnsupported(tool))
      losses.note(`tools[${index}]`, `removed: ${tool.kind} is a tool of ${tool.format} alone`)
  return { ...request, tools: kept }
}
