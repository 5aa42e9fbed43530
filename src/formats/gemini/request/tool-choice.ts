import type { ChatRequest, ToolChoice } from '../../../chat/request.ts'
import type { Fields } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { fieldName } from '../../fields/field-names.ts'
import { extraOf, protoObject } from '../proto.ts'

/** Modes by number, for clients that write enums as numbers. */
const MODES = ['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']

type WireChoice = Exclude<ToolChoice, { type: 'native' }>

interface Decoded {
  readonly toolChoice?: ToolChoice
  /** Unread fields of `toolConfig`, by their path. */
  readonly extra: Record<string, unknown>
}

/** Reads `toolConfig`. Source: https://ai.google.dev/api/caching#FunctionCallingConfig */
export function decodeToolChoice(body: Fields): Decoded {
  const config = protoObject(body, 'toolConfig')
  const calling = config && protoObject(config, 'functionCallingConfig')
  const extra: Record<string, unknown> = {}
  const mode = calling && modeOf(calling)
  const names = (calling?.list('allowedFunctionNames') ?? []).map(String)
  const toolChoice = mode === undefined ? undefined : choiceOf(mode, names)
  if (toolChoice && mode !== undefined && wireOf(toolChoice).mode !== mode)
    extra['toolConfig.functionCallingConfig.mode'] = mode
  const rest = extraOf([
    ['toolConfig.functionCallingConfig', calling],
    ['toolConfig', config],
  ])
  return { ...(toolChoice && { toolChoice }), extra: { ...extra, ...rest.extra } }
}

function modeOf(calling: Fields): string | undefined {
  const mode = calling.any('mode') ?? undefined
  const name = typeof mode === 'number' ? MODES[mode] : mode
  if (name === undefined || MODES.includes(name as string)) return name as string | undefined
  throw calling.wrong('mode', `is not one of ${MODES.slice(1).join(', ')}`)
}

function choiceOf(mode: string, names: readonly string[]): WireChoice {
  const mustCall = mode === 'ANY'
  if (mode === 'NONE') return { type: 'none' }
  if (names.length === 0) return { type: mustCall ? 'required' : 'auto' }
  if (names.length === 1 && mustCall) return { type: 'tool', name: names[0]! }
  return { type: 'subset', names, mustCall }
}

function wireOf(choice: WireChoice): { mode: string; allowedFunctionNames?: readonly string[] } {
  switch (choice.type) {
    case 'none':
      return { mode: 'NONE' }
    case 'auto':
      return { mode: 'AUTO' }
    case 'required':
      return { mode: 'ANY' }
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] }
    case 'subset':
      return { mode: choice.mustCall ? 'ANY' : 'VALIDATED', allowedFunctionNames: choice.names }
  }
}

/** `{ toolConfig }` or `{}`. A choice without tools is treated as absent. Google cannot forbid parallel calls. */
export function encodeToolChoice(request: ChatRequest, losses: Losses): Record<string, unknown> {
  const { toolChoice, tools, format } = request
  if (tools.length === 0 && format !== 'gemini') return {}
  if (request.parallelTools === false)
    losses.note(fieldName(request, 'parallelTools'), 'removed: Gemini cannot be limited to one tool call at a time')
  if (!toolChoice) return {}
  if (toolChoice.type === 'native')
    throw unsupported(fieldName(request, 'toolChoice'), 'Gemini has no equivalent of this tool choice')
  return { toolConfig: { functionCallingConfig: wireOf(toolChoice) } }
}
