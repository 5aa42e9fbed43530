import type { ChatRequest, FunctionTool } from '../../chat/request.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { type Field, fieldName } from '../fields/field-names.ts'

/**
 * Notes a loss for each field of `lacking` with an effect. Throws GatewayError `unsupported_parameter` for several
 * choices.
 */
export function noteUnsupported(request: ChatRequest, lacking: readonly Field[], label: string, losses: Losses): void {
  if ((request.sampling.choices ?? 1) > 1)
    throw unsupported(fieldName(request, 'choices'), `${label} returns one choice per request`)
  const values: Readonly<Record<string, unknown>> = { ...request, ...request.sampling }
  for (const field of lacking)
    if (isSet(values[field])) losses.note(fieldName(request, field), `removed: ${label} has no such field`)
}

/** Values that request the default have no effect: a penalty of 0, `logprobs: false`, the tier `auto`. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === false || value === 0 || value === 'auto' || value === 'medium') return false
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0
}

/** The function tools. Throws GatewayError `unsupported_parameter` for tools of a provider. */
function functionsOf({ tools }: ChatRequest, label: string): FunctionTool[] {
  return tools.map((tool, index) => {
    if (tool.type === 'function') return tool
    throw unsupported(`tools[${index}]`, `${tool.kind} is a tool of ${tool.format}; ${label} cannot run it`)
  })
}

/** The functions that the tool choice allows, for formats that cannot name them in a choice: only these are sent. */
export function callableFunctions(request: ChatRequest, label: string): FunctionTool[] {
  const { toolChoice: choice } = request
  if (choice?.type === 'native')
    throw unsupported(
      fieldName(request, 'toolChoice'),
      `this choice exists only in ${choice.format}; ${label} has no equivalent`,
    )
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
