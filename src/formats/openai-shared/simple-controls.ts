import type { ChatRequest, FunctionTool } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { type Field, fieldName } from '../fields/field-names.ts'

/** Notes the fields among `lacking` that say something. Throws GatewayError `unsupported_parameter` for more than one answer. */
export function noteUnsupported(request: ChatRequest, lacking: readonly Field[], label: string, losses: Losses): void {
  if ((request.sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), `${label} gives one answer to a call`)
  const values: Readonly<Record<string, unknown>> = { ...request, ...request.sampling }
  for (const field of lacking)
    if (isSet(values[field])) losses.note(fieldName(request, field), `removed: ${label} has no such field`)
}

/** What happens anyway is not said: a penalty of 0, `logprobs: false`, the tier `auto`, `parallel_tool_calls: true`. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === false || value === 0 || value === 'auto' || value === 'medium') return false
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}

/** The functions that may be called. Throws GatewayError `unsupported_parameter` for tools of one provider. */
export function functionsOf({ tools }: ChatRequest, label: string): FunctionTool[] {
  return tools.map((tool, index) => {
    if (tool.type === 'function') return tool
    throw unsupported(`tools[${index}]`, `${tool.kind} is a tool of ${tool.format}; ${label} cannot run it`)
  })
}

/** Those that the choice allows, for languages that cannot name them: what is not offered is not called. */
export function callableFunctions(request: ChatRequest, label: string): FunctionTool[] {
  const { toolChoice: choice } = request
  if (choice?.type === 'native')
    throw unsupported(fieldName(request, 'toolChoice'), `it belongs to ${choice.format}; ${label} has nothing like it`)
  const all = functionsOf(request, label)
  if (choice?.type === 'tool') return all.filter(({ name }) => name === choice.name)
  return choice?.type === 'subset' ? all.filter(({ name }) => choice.names.includes(name)) : all
}

export const encodeFunction = ({ name, description, parameters }: FunctionTool): object => ({
  type: 'function',
  function: {
    name,
    ...(description !== undefined && { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
  },
})

export const mustCall = ({ toolChoice }: ChatRequest): boolean =>
  toolChoice?.type === 'required' ||
  toolChoice?.type === 'tool' ||
  (toolChoice?.type === 'subset' && toolChoice.mustCall)
