// The tools of a chat request, and whether it must, may or must not use them.
import { invalidField } from './errors.ts'
import { type Fields, isFields, readList } from './fields.ts'

export interface Tool {
  readonly name: string
  readonly parameters: unknown
}

export interface ToolRequest {
  readonly tools: readonly Tool[]
  /** `required`, `auto`, `none`, or the one tool that must be called. */
  readonly choice: 'required' | 'auto' | 'none' | { readonly name: string }
  readonly parallel: boolean
}

export function readTools(fields: Fields): ToolRequest {
  const tools = (readList(fields, 'tools') ?? []).map(readTool)
  return { tools, choice: readChoice(fields, tools), parallel: fields['parallel_tool_calls'] !== false }
}

function readTool(tool: unknown, at: number): Tool {
  const described = isFields(tool) ? tool['function'] : undefined
  if (!isFields(described) || typeof described['name'] !== 'string')
    return invalidField('tools', `tools[${at}] must be a function with a name.`)
  return { name: described['name'], parameters: described['parameters'] ?? { type: 'object', properties: {} } }
}

function readChoice(fields: Fields, tools: readonly Tool[]): ToolRequest['choice'] {
  const choice = fields['tool_choice'] ?? (tools.length > 0 ? 'auto' : 'none')
  if (choice === 'none' || choice === 'auto' || choice === 'required') {
    if (choice !== 'none' && tools.length === 0)
      invalidField('tool_choice', 'When using `tool_choice`, `tools` must be set.')
    return choice
  }
  const named = isFields(choice) && isFields(choice['function']) ? choice['function']['name'] : undefined
  const tool = tools.find(({ name }) => name === named)
  return tool ?? invalidField('tool_choice', 'tool_choice must be none, auto, required, or name one of the tools.')
}
