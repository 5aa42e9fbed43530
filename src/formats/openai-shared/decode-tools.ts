import type { FunctionTool, NativeTool, Tool, ToolChoice } from '../../chat/request.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import { decodeCache } from './cache.ts'
import { NAME } from './name.ts'
import { markLegacyFunctions } from './legacy-functions.ts'

/** Decodes `tools`, the deprecated `functions`, and web search, which has a separate field in this format. */
export function decodeTools(body: Fields): Tool[] {
  const listed = body.list('tools') ?? []
  const tools = (body.objects('tools') ?? []).map((tool, index) => decodeTool(tool, listed[index]))
  const functions = (body.objects('functions') ?? []).map(decodeFunction)
  const search = body.record('web_search_options')
  const hosted: NativeTool[] = search
    ? [{ type: 'native', format: NAME, kind: 'web_search_options', value: search }]
    : []
  const all = [...tools, ...functions, ...hosted]
  return functions.length > 0 && tools.length === 0 ? markLegacyFunctions(all, body.any('functions')) : all
}

function decodeTool(tool: Fields, original: unknown): Tool {
  const kind = tool.string('type') ?? 'function'
  if (kind !== 'function') return { type: 'native', format: NAME, kind, value: original }
  const cache = decodeCache(tool)
  const called = decodeFunction(tool.requiredObject('function'))
  const extra = { ...called.extra, ...tool.rest() }
  return { ...called, ...cache, ...(Object.keys(extra).length > 0 && { extra }) }
}

function decodeFunction(called: Fields): FunctionTool {
  const [description, parameters, strict] = [
    called.string('description'),
    called.record('parameters'),
    called.boolean('strict'),
  ]
  return {
    type: 'function',
    name: called.requiredString('name'),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
    ...called.extra(),
  }
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { type: 'auto' },
  none: { type: 'none' },
  required: { type: 'required' },
  // Mistral's name for it.
  any: { type: 'required' },
}

/** `tool_choice`, or the deprecated `function_call`. */
export function decodeToolChoice(body: Fields): ToolChoice | undefined {
  const legacy = body.any('function_call') ?? undefined
  const choice = body.any('tool_choice') ?? (isRecord(legacy) ? { type: 'function', function: legacy } : legacy)
  if (choice === undefined) return undefined
  if (typeof choice !== 'string') return decodeNamed(body.at(choice, 'tool_choice'), choice)
  if (Object.hasOwn(CHOICES, choice)) return CHOICES[choice]!
  throw body.wrong(
    'tool_choice',
    `is ${JSON.stringify(choice.slice(0, 60))}; allowed: auto, none, required, or one tool`,
  )
}

function decodeNamed(choice: Fields, original: unknown): ToolChoice {
  const type = choice.string('type') ?? 'function'
  if (type === 'function') return { type: 'tool', name: choice.requiredObject('function').requiredString('name') }
  return (type === 'allowed_tools' && decodeSubset(choice)) || { type: 'native', format: NAME, value: original }
}

/** A list of functions. A choice with hosted tools is carried unchanged. */
function decodeSubset(choice: Fields): ToolChoice | undefined {
  const allowed = choice.requiredObject('allowed_tools')
  const tools = allowed.objects('tools') ?? []
  if (!tools.every((tool) => tool.any('type') === 'function')) return undefined
  const names = tools.map((tool) => tool.requiredObject('function').requiredString('name'))
  return { type: 'subset', names, mustCall: allowed.oneOf('mode', ['auto', 'required']) === 'required' }
}
