import type { FunctionTool, Tool, ToolChoice } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import { type Fields, isRecord, requestFields } from '../../fields/fields.ts'
import { NAME } from '../name.ts'

/** Functions are flat in this format. All other tools are hosted or take free text, and are carried unchanged. */
export function decodeTools(body: Fields): Tool[] {
  const listed = body.list('tools') ?? []
  return (body.objects('tools') ?? []).map((tool, index) => decodeTool(tool, listed[index]))
}

/** The tools in an item of the conversation; those that cannot be read are left out. */
export const decodeOfferedTools = (listed: readonly unknown[]): Tool[] =>
  listed.flatMap((tool) =>
    isRecord(tool) && typeof tool['type'] === 'string' && typeof tool['name'] === 'string'
      ? [decodeTool(requestFields(tool, 'input'), tool)]
      : [],
  )

export function decodeTool(tool: Fields, original: unknown): Tool {
  const kind = tool.requiredString('type')
  return kind === 'function' ? decodeFunction(tool) : { type: 'native', format: NAME, kind, value: original }
}

function decodeFunction(tool: Fields): FunctionTool {
  return {
    type: 'function',
    name: tool.requiredString('name'),
    ...defined({
      description: tool.string('description'),
      parameters: tool.record('parameters'),
      strict: tool.boolean('strict'),
    }),
    ...tool.extra(),
  }
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { type: 'auto' },
  none: { type: 'none' },
  required: { type: 'required' },
}

export function decodeToolChoice(body: Fields): ToolChoice | undefined {
  const choice = body.any('tool_choice') ?? undefined
  if (choice === undefined) return undefined
  if (typeof choice !== 'string') return decodeNamed(body.at(choice, 'tool_choice'), choice)
  if (Object.hasOwn(CHOICES, choice)) return CHOICES[choice]!
  throw body.wrong(
    'tool_choice',
    `is ${JSON.stringify(choice.slice(0, 60))}; allowed: auto, none, required, or one tool`,
  )
}

function decodeNamed(choice: Fields, original: unknown): ToolChoice {
  const type = choice.requiredString('type')
  const isGrouped = (choice.peek('namespace') ?? undefined) !== undefined
  if (type === 'function' && !isGrouped) return { type: 'tool', name: choice.requiredString('name') }
  return (type === 'allowed_tools' && decodeSubset(choice)) || { type: 'native', format: NAME, value: original }
}

/** A list of functions. A choice with hosted tools is carried unchanged. */
function decodeSubset(choice: Fields): ToolChoice | undefined {
  const mode = choice.oneOf('mode', ['auto', 'required'])
  if (choice.requiredList('tools').length === 0) throw choice.wrong('tools', 'must not be empty')
  const tools = choice.objects('tools') ?? []
  if (!tools.every((tool) => tool.any('type') === 'function' && !tool.peek('namespace'))) return undefined
  return { type: 'subset', names: tools.map((tool) => tool.requiredString('name')), mustCall: mode === 'required' }
}
