import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { withExtra } from '../../translation/extras.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { fieldName } from '../../fields/field-names.ts'
import { encodeMark } from '../content/cache.ts'
import type { BlockContext } from '../content/encode-blocks.ts'
import { withClaudeKeys } from '../../claude/property-keys.ts'
import { strictParameters } from '../../claude/strict-schema.ts'
import { withObjectRoot } from '../../translation/object-root.ts'
import { CONVERSE } from '../name.ts'

const NAME = /^[a-zA-Z0-9_-]{1,64}$/

export interface ToolFields {
  readonly toolConfig?: object
  /** Claude's own choice, for what Converse's choice cannot express. */
  readonly tool_choice?: object
}

/** Writes tools unchanged. A choice that Converse cannot express is among the model's own fields, where it was read. */
export function encodeOwnTools(request: ChatRequest, context: BlockContext): ToolFields {
  const { tools, toolChoice, parallelTools, extra } = request
  const isClaudeChoice = parallelTools !== undefined || toolChoice?.type === 'none'
  const config = {
    ...(tools.length > 0 && { tools: encodeTools(request, context) }),
    ...(toolChoice && !isClaudeChoice && { toolChoice: choiceOf(toolChoice, request) }),
  }
  const rest = extra?.['toolConfig'] as Record<string, unknown> | undefined
  return {
    ...((Object.keys(config).length > 0 || rest) && { toolConfig: withExtra(config, rest) }),
    ...(isClaudeChoice && {
      tool_choice: {
        ...claudeChoice(toolChoice),
        ...(parallelTools !== undefined && { disable_parallel_tool_use: !parallelTools }),
      },
    }),
  }
}

/**
 * Writes the tools (only the subset that the choice names) and the choice. Bedrock requires tools if the history has
 * tool calls, so missing ones get stubs with the names from the history. Throws GatewayError `unsupported_parameter`
 * for an unsupported choice that changes the meaning.
 */
export function encodeTranslatedTools(request: ChatRequest, context: BlockContext): ToolFields {
  const { tools, toolChoice } = request
  const stubs = tools.length > 0 ? [] : stubsFor(request)
  if (tools.length === 0 && toolChoice && toolChoice.type !== 'auto' && toolChoice.type !== 'none')
    context.losses.note(fieldName(request, 'toolChoice'), 'removed: the request has no tools')
  if (toolChoice?.type === 'none') return withoutCalls(request, context, stubs)
  if (tools.length === 0) return stubs.length > 0 ? { toolConfig: { tools: stubs } } : {}
  const specs = encodeTools(request, context)
  if (request.parallelTools === false && context.model.family === 'claude')
    return {
      toolConfig: { tools: specs },
      tool_choice: { ...claudeChoice(toolChoice), disable_parallel_tool_use: true },
    }
  if (request.parallelTools === false)
    context.losses.note(
      fieldName(request, 'parallelTools'),
      'removed: this model cannot be limited to one tool call at a time',
    )
  const choice = toolChoice && choiceOf(toolChoice, request)
  return { toolConfig: { tools: specs, ...(choice && { toolChoice: choice }) } }
}

/**
 * Writes the choice `none`: without tools. With calls in the history, tools are required, and only Claude supports
 * `none`.
 */
function withoutCalls(request: ChatRequest, context: BlockContext, stubs: readonly object[]): ToolFields {
  if (callNames(request).length === 0) return {}
  const tools = stubs.length > 0 ? stubs : encodeTools(request, context)
  if (context.model.family === 'claude') return { toolConfig: { tools }, tool_choice: { type: 'none' } }
  // If the client sent no tools, "none" is the default and nothing has to be forbidden.
  if (request.tools.length === 0) return { toolConfig: { tools } }
  throw unsupported(
    fieldName(request, 'toolChoice'),
    'this model does not support "none" in a conversation with tool calls',
  )
}

/** The tools in order, each followed by its cache point. */
function encodeTools(request: ChatRequest, context: BlockContext): object[] {
  const { tools, toolChoice } = request
  const allowed = toolChoice?.type === 'subset' ? new Set(toolChoice.names) : undefined
  return tools.flatMap((tool, index) =>
    allowed && tool.type === 'function' && !allowed.has(tool.name) ? [] : encodeTool(tool, `tools[${index}]`, context),
  )
}

function encodeTool(tool: Tool, path: string, context: BlockContext): readonly object[] {
  if (tool.type === 'native') {
    if (tool.format === CONVERSE) return [tool.value as object]
    throw unsupported(path, `Bedrock has no equivalent of the tool ${tool.kind}`)
  }
  const { isOwn, model, losses } = context
  if (!isOwn && !NAME.test(tool.name))
    throw unsupported(path, `Bedrock requires tool names of 1 to 64 letters, digits, _ and -, not "${tool.name}"`)
  const { cache } = tool
  if (cache && !isOwn && model.caches === 'messages') {
    losses.note(`${path}: cache mark`, 'removed: this model does not support caching of tools')
    return [{ toolSpec: specOf(tool, path, context) }]
  }
  return [{ toolSpec: specOf(tool, path, context) }, ...encodeMark(cache, path, context)]
}

function specOf(tool: FunctionTool, path: string, { isOwn, model, losses }: BlockContext): object {
  const { name, description, strict } = tool
  if (isOwn) {
    const { parameters, extra } = tool
    return withExtra({ name, description, ...(parameters && { inputSchema: { json: parameters } }), strict }, extra)
  }
  const isClaude = model.family === 'claude'
  const root = withObjectRoot(tool.parameters ?? {}, path)
  const schema = isClaude ? withClaudeKeys(root, path, losses) : root
  const isStrictClaude = strict === true && isClaude
  const fitted = isStrictClaude ? strictParameters(schema, path, losses) : { schema, isStrict: strict }
  return {
    name,
    description: description?.trim() ? description : undefined,
    inputSchema: { json: fitted.schema },
    strict: fitted.isStrict || undefined,
  }
}

const stubsFor = (request: ChatRequest): object[] =>
  callNames(request).map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } },
  }))

const callNames = ({ messages }: ChatRequest): string[] => [
  ...new Set(
    messages.flatMap(({ parts }) => parts.flatMap((part: Part) => (part.type === 'tool-call' ? [part.name] : []))),
  ),
]

function choiceOf(choice: ToolChoice, request: ChatRequest): object | undefined {
  switch (choice.type) {
    case 'auto':
      return { auto: {} }
    case 'required':
      return { any: {} }
    case 'tool':
      return { tool: { name: choice.name } }
    case 'subset':
      return choice.mustCall ? { any: {} } : { auto: {} }
    case 'none':
      return undefined
    case 'native':
      if (choice.format === CONVERSE) return choice.value as object
      throw unsupported(fieldName(request, 'toolChoice'), 'Bedrock has no equivalent of this tool choice')
  }
}

function claudeChoice(choice: ToolChoice | undefined): object {
  if (choice?.type === 'tool' || choice?.type === 'none') return choice
  const mustCall = choice?.type === 'required' || (choice?.type === 'subset' && choice.mustCall)
  return { type: mustCall ? 'any' : 'auto' }
}
