import type { ChatRequest, FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { withExtra } from '../../translation/extras.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { fieldName } from '../../fields/field-names.ts'
import { encodeCache } from '../content/cache.ts'
import { withClaudeKeys } from '../../claude/property-keys.ts'
import { strictParameters } from '../../claude/strict-schema.ts'
import { withObjectRoot } from '../../translation/object-root.ts'
import { ANTHROPIC } from '../../claude/name.ts'

const NAME = /^[a-zA-Z0-9_-]{1,128}$/

/** The tools; if the tool choice names a subset, only that subset. Undefined: no tools. */
export function encodeTools(request: ChatRequest, losses: Losses): object[] | undefined {
  const { tools, toolChoice } = request
  const allowed = toolChoice?.type === 'subset' ? new Set(toolChoice.names) : undefined
  const encoded = tools.flatMap((tool, index) =>
    allowed && tool.type === 'function' && !allowed.has(tool.name)
      ? []
      : encodeTool(tool, `tools[${index}]`, request, losses),
  )
  return encoded.length > 0 ? encoded : undefined
}

function encodeTool(tool: Tool, path: string, { format }: ChatRequest, losses: Losses): object {
  const isOwn = format === ANTHROPIC
  if (tool.type === 'native') {
    if (tool.format === ANTHROPIC) return tool.value as object
    throw unsupported(path, `Anthropic has no equivalent of the tool ${tool.kind}`)
  }
  const { name, description, cache } = tool
  if (!isOwn && !NAME.test(name))
    throw unsupported(path, `Anthropic requires tool names of 1 to 128 letters, digits, _ and -, not "${name}"`)
  const { schema, strict } = isOwn ? { schema: tool.parameters, strict: tool.strict } : schemaOf(tool, path, losses)
  const encoded = {
    name,
    description,
    input_schema: schema,
    strict,
    cache_control: encodeCache(cache, path, losses),
  }
  return isOwn ? withExtra(encoded, tool.extra) : encoded
}

/** The schema with an object at its root, which Anthropic requires. A strict one has only what Claude follows exactly. */
function schemaOf(
  { parameters = {}, strict }: FunctionTool,
  path: string,
  losses: Losses,
): { schema: object; strict: boolean | undefined } {
  const schema = withClaudeKeys(withObjectRoot(parameters, path), path, losses)
  if (!strict) return { schema, strict }
  const fitted = strictParameters(schema, path, losses)
  return { schema: fitted.schema, strict: fitted.isStrict || undefined }
}

/** `tool_choice`, with the flag for parallel tool calls. Anthropic rejects it in a request without tools. */
export function encodeToolChoice(request: ChatRequest, losses: Losses): object | undefined {
  const { format, tools, toolChoice, parallelTools, extra } = request
  const isOwn = format === ANTHROPIC
  if (!isOwn && tools.length === 0) {
    if (toolChoice && toolChoice.type !== 'auto' && toolChoice.type !== 'none')
      losses.note(fieldName(request, 'toolChoice'), 'removed: the request has no tools')
    return undefined
  }
  const choice = toolChoice ? choiceOf(toolChoice) : parallelTools === false ? { type: 'auto' } : undefined
  if (!choice) return undefined
  const flag = isOwn ? parallelTools !== undefined : parallelTools === false && toolChoice?.type !== 'none'
  const encoded = { ...choice, ...(flag && { disable_parallel_tool_use: !parallelTools }) }
  return isOwn ? withExtra(encoded, extra?.['tool_choice'] as Record<string, unknown> | undefined) : encoded
}

function choiceOf(choice: ToolChoice): object {
  switch (choice.type) {
    case 'auto':
    case 'none':
      return { type: choice.type }
    case 'required':
      return { type: 'any' }
    case 'tool':
      return { type: 'tool', name: choice.name }
    case 'subset':
      return { type: choice.mustCall ? 'any' : 'auto' }
    case 'native':
      if (choice.format === ANTHROPIC) return choice.value as object
      throw unsupported('tool_choice', 'Anthropic has no equivalent of this tool choice')
  }
}
