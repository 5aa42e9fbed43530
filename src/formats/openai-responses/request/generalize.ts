import type { NativePart, Part, ToolCallPart, ToolResultPart } from '../../../chat/part.ts'
import type { ChatRequest, Message, Tool } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import { changed, recordedPath, withPaths, withRequestPath } from '../../fields/request-paths.ts'
import { filled, listOf } from '../../fields/values.ts'
import { mapParts } from '../../history/map-parts.ts'
import type { Losses } from '../../translation/losses.ts'
import { decodeOfferedTools } from './decode-tools.ts'
import { FlatNames } from './flat-names.ts'
import { generalizeChoice, generalizeTool } from './generalize-tools.ts'
import { itemsByCall, pastItem } from './past-items.ts'
import { NAME } from '../name.ts'

/**
 * What only this format has, in the terms of all formats: tools with free text and namespaces as functions, their calls
 * and other calls that the client runs as function calls, messages between agents as text of the user.
 */
export const generalize = (given: ChatRequest, losses: Losses): ChatRequest =>
  withGeneralItems(withoutPhases(given, losses), () => true, losses)

/**
 * The same for a server of this format that knows functions only: items of hosted tools stay as they are, and so does
 * everything that is no tool. A message of which nothing is left is left out.
 */
export function plainTools(given: ChatRequest, losses: Losses): ChatRequest {
  const request = withGeneralItems(given, ({ kind }) => CLIENT_ITEMS.has(kind), losses)
  if (request === given) return given
  return { ...request, messages: request.messages.filter(({ parts }) => parts.length > 0) }
}

const CLIENT_ITEMS: ReadonlySet<string> = new Set([
  'custom_tool_call',
  'custom_tool_call_output',
  'tool_search_call',
  'tool_search_output',
  'additional_tools',
  'agent_message',
])

/** `isGeneral`: the items to put in the terms of all formats. */
function withGeneralItems(request: ChatRequest, isGeneral: (part: NativePart) => boolean, losses: Losses): ChatRequest {
  if (!hasOwnKinds(request)) return request
  const offered = [...request.tools, ...request.messages.flatMap(offeredTools)]
  const names = new FlatNames(offered)
  const tools = offered.flatMap((tool, index) => generalizeTool(tool, `tools[${index}]`, names, losses))
  const calls = itemsByCall(request.messages)
  const messages = withPaths(request).messages.flatMap(splitAgentMessages)
  const items = mapParts({ ...request, messages }, (part, { path, isPast }) => {
    if (part.type === 'tool-call') return inNamespace(part, names)
    if (part.type === 'tool-result') return withoutName(part)
    return isOwn(part) && isGeneral(part) ? pastItem(part, { path, isPast, names, calls, losses }) : part
  })
  return {
    ...items,
    tools: withoutRepeated(tools),
    messages: items.messages.map(asResults),
    ...(request.toolChoice && { toolChoice: generalizeChoice(request.toolChoice, names) }),
  }
}

/** The phases of messages, which models of other makers do not have. */
function withoutPhases(request: ChatRequest, losses: Losses): ChatRequest {
  const hasPhase = ({ extra }: Message) => extra?.['phase'] !== undefined
  if (!request.messages.some(hasPhase)) return request
  losses.note('input.phase', 'removed: only models of OpenAI have phases')
  return {
    ...request,
    messages: request.messages.map((message) => (hasPhase(message) ? withoutPhase(message) : message)),
  }
}

function withoutPhase(message: Message): Message {
  const { phase: _, ...extra } = message.extra ?? {}
  const { extra: __, ...bare } = message
  return withRequestPath(Object.keys(extra).length > 0 ? { ...bare, extra } : bare, recordedPath(message))
}

const isOwn = (part: Part): part is NativePart => part.type === 'native' && part.format === NAME

const hasOwnKinds = ({ tools, toolChoice, messages }: ChatRequest): boolean =>
  toolChoice?.type === 'native' ||
  tools.some(({ type }) => type === 'native') ||
  messages.some(({ parts }) =>
    parts.some(
      (part) =>
        isOwn(part) ||
        ((part.type === 'tool-call' || part.type === 'tool-result') && part.extra?.['namespace'] !== undefined),
    ),
  )

/** Tools that are offered in the course of the conversation: found by a search, or added by the client. */
const offeredTools = ({ parts }: Message): readonly Tool[] =>
  parts.flatMap((part) =>
    isOwn(part) && OFFERS.has(part.kind) && isRecord(part.value) ? decodeOfferedTools(listOf(part.value['tools'])) : [],
  )

const OFFERS: ReadonlySet<string> = new Set(['tool_search_output', 'additional_tools'])

/** The first tool of each name: a search finds tools that are offered already. */
function withoutRepeated(tools: readonly Tool[]): readonly Tool[] {
  const seen = new Set<string>()
  return tools.filter((tool) => tool.type === 'native' || (!seen.has(tool.name) && seen.add(tool.name)))
}

function inNamespace(part: ToolCallPart, names: FlatNames): ToolCallPart {
  const { namespace, ...extra } = part.extra ?? {}
  if (namespace === undefined) return part
  const { extra: _, ...call } = part
  const name = names.of(filled(namespace), part.name)
  return { ...call, name, ...(Object.keys(extra).length > 0 && { extra }) }
}

/** A result may repeat the tool of its call. */
function withoutName(part: ToolResultPart): ToolResultPart {
  if (part.extra?.['namespace'] === undefined && part.extra?.['name'] === undefined) return part
  const { namespace: _, name: __, ...extra } = part.extra
  const { extra: ___, ...result } = part
  return Object.keys(extra).length > 0 ? { ...result, extra } : result
}

/** Messages of other agents are among the items of the model; they become messages of the user in their place. */
function splitAgentMessages(message: Message): Message[] {
  const isAgents = (part: Part) => isOwn(part) && part.kind === 'agent_message'
  if (message.role !== 'assistant' || !message.parts.some(isAgents)) return [message]
  const messages: Message[] = []
  for (const part of message.parts) {
    const role = isAgents(part) ? 'user' : 'assistant'
    const last = messages.at(-1)
    if (last?.role === role) messages[messages.length - 1] = changed(last, { parts: [...last.parts, part] })
    else messages.push(withRequestPath({ ...message, role, parts: [part] }, recordedPath(part)))
  }
  return messages
}

/** A message whose items became results of tools is a message of results. */
const asResults = (message: Message): Message =>
  message.role === 'user' && message.parts.length > 0 && message.parts.every(({ type }) => type === 'tool-result')
    ? changed(message, { role: 'tool' })
    : message
