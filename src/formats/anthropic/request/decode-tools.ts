import type { ChatRequest, Tool, ToolChoice } from '../../../chat/request.ts'
import type { Extra } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import { decodeCache } from '../content/cache.ts'
import { ANTHROPIC } from '../../claude/name.ts'

/** Reads a tool. The client's own tools have no type or `custom`; all other types are Anthropic's own tools. */
export function decodeTool(tool: Fields): Tool {
  const kind = tool.string('type') ?? 'custom'
  if (kind !== 'custom') return { type: 'native', format: ANTHROPIC, kind, value: tool.whole() }
  const description = tool.string('description')
  const parameters = tool.record('input_schema')
  const strict = tool.boolean('strict')
  const { mark, rest } = decodeCache(tool)
  return {
    type: 'function',
    name: tool.requiredString('name'),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
    ...mark,
    ...tool.extra({ cache_control: rest }),
  }
}

/** Reads `tool_choice` with its flag for parallel tool calls. `rest`: its unread fields. */
export function decodeToolChoice(request: Fields): {
  choice: Pick<ChatRequest, 'toolChoice' | 'parallelTools'>
  rest: Extra | undefined
} {
  const given = request.object('tool_choice')
  if (!given) return { choice: {}, rest: undefined }
  const isSingle = given.boolean('disable_parallel_tool_use')
  const toolChoice = choiceOf(given)
  return {
    choice: { toolChoice, ...(isSingle !== undefined && { parallelTools: !isSingle }) },
    rest: toolChoice.type === 'native' ? undefined : given.rest(),
  }
}

function choiceOf(given: Fields): ToolChoice {
  switch (given.requiredString('type')) {
    case 'auto':
      return { type: 'auto' }
    case 'any':
      return { type: 'required' }
    case 'none':
      return { type: 'none' }
    case 'tool':
      return { type: 'tool', name: given.requiredString('name') }
    default:
      return { type: 'native', format: ANTHROPIC, value: given.whole() }
  }
}
