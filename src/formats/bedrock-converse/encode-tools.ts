import type { Part } from '../../chat/part.ts'
import type { ChatRequest, FunctionTool, Tool, ToolChoice } from '../../chat/request.ts'
import { withExtra } from '../translation/extras.ts'
import { unsupported } from '../fields/unsupported.ts'
import { fieldName } from '../fields/field-names.ts'
import { encodeMark } from './cache.ts'
import type { BlockContext } from './encode-blocks.ts'
import { CONVERSE } from './name.ts'

const NAME = /^[a-zA-Z0-9_-]{1,64}$/

export interface ToolFields {
  readonly toolConfig?: object
  /** Claude's own choice, for what Converse's cannot say. */
  readonly tool_choice?: object
}

/** What Converse's own choice cannot say stands among the model's fields, where it was read. */
export function encodeOwnTools(request: ChatRequest, context: BlockContext): ToolFields {
  const { tools, toolChoice, parallelTools, extra } = request
  const isClaudes = parallelTools !== undefined || toolChoice?.type === 'none'
  const config = {
    ...(tools.length > 0 && { tools: encodeTools(request, context) }),
    ...(toolChoice && !isClaudes && { toolChoice: choiceOf(toolChoice, request) }),
  }
  const rest = extra?.['toolConfig'] as Record<string, unknown> | undefined
  return {
    ...((Object.keys(config).length > 0 || rest) && { toolConfig: withExtra(config, rest) }),
    ...(isClaudes && {
      tool_choice: {
        ...claudeChoice(toolChoice),
        ...(parallelTools !== undefined && { disable_parallel_tool_use: !parallelTools }),
      },
    }),
  }
}

/**
 * The tools, of a choice among some of them only these, and the choice. Where the history has calls there have to be tools,
 * so those are described as far as it knows them. Throws GatewayError `unsupported_parameter` for what changes the meaning.
 */
export function encodeForeignTools(request: ChatRequest, context: BlockContext): ToolFields {
  const { tools, toolChoice } = request
  const stubs = tools.length > 0 ? [] : stubsFor(request)
  if (tools.length === 0 && toolChoice && toolChoice.type !== 'auto' && toolChoice.type !== 'none')
    context.losses.note(fieldName(request, 'toolChoice'), 'removed: there are no tools to choose from')
  if (toolChoice?.type === 'none') return withoutCalls(request, context, stubs)
  if (tools.length === 0) return stubs.length > 0 ? { toolConfig: { tools: stubs } } : {}
  const specs = encodeTools(request, context)
  if (request.parallelTools === false && context.model.family === 'claude')
    return {
      toolConfig: { tools: specs },
      tool_choice: { ...claudeChoice(toolChoice), disable_parallel_tool_use: true },
    }
  if (request.parallelTools === false)
    context.losses.note(fieldName(request, 'parallelTools'), 'removed: this model calls as many tools as it likes')
  const choice = toolChoice && choiceOf(toolChoice, request)
  return { toolConfig: { tools: specs, ...(choice && { toolChoice: choice }) } }
}

/** Without tools none is called. With calls in the history there have to be some, and only Claude can be told to let them be. */
function withoutCalls(request: ChatRequest, context: BlockContext, stubs: readonly object[]): ToolFields {
  if (callNames(request).length === 0) return {}
  const tools = stubs.length > 0 ? stubs : encodeTools(request, context)
  if (context.model.family === 'claude') return { toolConfig: { tools }, tool_choice: { type: 'none' } }
  // Without tools of the client's own "none" is what everybody means: there is nothing to forbid.
  if (request.tools.length === 0) return { toolConfig: { tools } }
  throw unsupported(
    fieldName(request, 'toolChoice'),
    'this model cannot be kept from calling tools in a conversation that has called some',
  )
}

/** The tools in order; a mark behind each that has one. */
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
    throw unsupported(path, `the tool ${tool.kind} has no equal at Bedrock`)
  }
  const { isOwn, model, losses } = context
  if (!isOwn && !NAME.test(tool.name))
    throw unsupported(path, `Bedrock takes names of letters, digits, _ and -, up to 64 of them, not "${tool.name}"`)
  const { cache } = tool
  if (cache && !isOwn && model.caches === 'messages') {
    losses.note(`${path}: cache mark`, 'removed: this model keeps no tools')
    return [{ toolSpec: specOf(tool, isOwn) }]
  }
  return [{ toolSpec: specOf(tool, isOwn) }, ...encodeMark(cache, path, context)]
}

function specOf(tool: FunctionTool, isOwn: boolean): object {
  const { name, description, strict } = tool
  if (isOwn) {
    const { parameters, extra } = tool
    return withExtra({ name, description, ...(parameters && { inputSchema: { json: parameters } }), strict }, extra)
  }
  return {
    name,
    description: description?.trim() ? description : undefined,
    inputSchema: { json: schemaOf(tool) },
    strict: strict || undefined,
  }
}

/** The schema with the object at its root that models demand. */
const schemaOf = ({ parameters = {} }: FunctionTool): object =>
  parameters['type'] === 'object' && parameters['properties'] !== undefined
    ? parameters
    : { type: 'object', properties: {}, ...parameters }

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
      throw unsupported(fieldName(request, 'toolChoice'), 'this choice has no equal at Bedrock')
  }
}

function claudeChoice(choice: ToolChoice | undefined): object {
  if (choice?.type === 'tool' || choice?.type === 'none') return choice
  const mustCall = choice?.type === 'required' || (choice?.type === 'subset' && choice.mustCall)
  return { type: mustCall ? 'any' : 'auto' }
}
