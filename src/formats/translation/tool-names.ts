import { createHash } from 'node:crypto'
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, ClientTool, Tool, ToolChoice } from '../../chat/request.ts'
import { changed } from '../fields/request-paths.ts'

/** What an upstream accepts as the name of a tool. */
export interface NameRule {
  readonly pattern: RegExp
  readonly maxLength: number
}

/** OpenAI and Bedrock Converse. */
export const OPENAI_NAMES: NameRule = { pattern: /^[a-zA-Z0-9_-]{1,64}$/, maxLength: 64 }

/** Gemini also accepts dots and colons, but only a letter or an underscore as the first character. */
export const GEMINI_NAMES: NameRule = { pattern: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/, maxLength: 64 }

export const ANTHROPIC_NAMES: NameRule = { pattern: /^[a-zA-Z0-9_-]{1,128}$/, maxLength: 128 }

/** The tools as the client knows them, by the names that were sent upstream. Other tools have the client's own names. */
export type ToolNames = ReadonlyMap<string, ClientTool>

/**
 * Returns the request with every tool name in a form that the upstream accepts, in definitions, choice, calls and
 * results, and what restores the tools in the response. A valid name stays. An invalid name gets the same
 * replacement at every turn. Different names stay different.
 */
export function fitToolNames(
  request: ChatRequest,
  rule: NameRule,
): { readonly request: ChatRequest; readonly names: ToolNames } {
  const fitted = fitNames(namesIn(request), rule)
  const names = clientTools(request.tools, fitted)
  return { request: fitted.size === 0 ? request : renameRequest(request, (name) => fitted.get(name) ?? name), names }
}

/** For requests whose tools the client knows as they were sent. */
export const NO_RENAMES: ToolNames = new Map()

function clientTools(tools: readonly Tool[], fitted: ReadonlyMap<string, string>): ToolNames {
  if (fitted.size === 0 && !tools.some((tool) => tool.type === 'function' && tool.client)) return NO_RENAMES
  const names = new Map<string, ClientTool>([...fitted].map(([name, fitting]) => [fitting, { name }]))
  for (const tool of tools)
    if (tool.type === 'function' && tool.client) names.set(fitted.get(tool.name) ?? tool.name, tool.client)
  return names
}

type Rename = (name: string) => string

function namesIn({ tools, toolChoice, messages }: ChatRequest): Set<string> {
  const names = new Set<string>()
  for (const tool of tools) if (tool.type === 'function') names.add(tool.name)
  if (toolChoice?.type === 'tool') names.add(toolChoice.name)
  if (toolChoice?.type === 'subset') for (const name of toolChoice.names) names.add(name)
  for (const { parts } of messages)
    for (const part of parts) {
      if (part.type === 'tool-call') names.add(part.name)
      else if (part.type === 'tool-result' && part.name !== undefined) names.add(part.name)
    }
  return names
}

/** Replacements for invalid names. A replacement never equals a valid name of the request. */
function fitNames(names: ReadonlySet<string>, rule: NameRule): Map<string, string> {
  const taken = new Set([...names].filter((name) => rule.pattern.test(name)))
  const fitted = new Map<string, string>()
  for (const name of names) {
    if (taken.has(name)) continue
    const fitting = fitName(name, rule, taken)
    fitted.set(name, fitting)
    taken.add(fitting)
  }
  return fitted
}

/** Enough for any rule that accepts letters, digits and underscores. */
const MAX_TRIES = 100

/** The readable part of the name and a hash of the whole name. */
function fitName(name: string, { pattern, maxLength }: NameRule, taken: ReadonlySet<string>): string {
  for (let salt = 0; salt < MAX_TRIES; salt++) {
    const hash = createHash('sha256').update(`${salt}${name}`).digest('hex').slice(0, 8)
    const readable = name.replaceAll(/[^a-zA-Z0-9_]/g, '_').slice(0, Math.max(0, maxLength - hash.length - 3))
    const fitting = `t_${readable}_${hash}`.slice(0, maxLength)
    if (pattern.test(fitting) && !taken.has(fitting)) return fitting
  }
  throw new RangeError(`no name made of letters and digits meets ${pattern}`)
}

function renameRequest(request: ChatRequest, rename: Rename): ChatRequest {
  const { toolChoice } = request
  return {
    ...request,
    tools: request.tools.map((tool) => renameTool(tool, rename)),
    ...(toolChoice && { toolChoice: renameChoice(toolChoice, rename) }),
    messages: request.messages.map((message) => {
      const parts = message.parts.map((part) => renamePart(part, rename))
      return changed(message, { parts })
    }),
  }
}

const renameTool = (tool: Tool, rename: Rename): Tool =>
  tool.type === 'function' ? { ...tool, name: rename(tool.name) } : tool

function renameChoice(choice: ToolChoice, rename: Rename): ToolChoice {
  if (choice.type === 'tool') return { ...choice, name: rename(choice.name) }
  return choice.type === 'subset' ? { ...choice, names: choice.names.map(rename) } : choice
}

function renamePart(part: Part, rename: Rename): Part {
  if (part.type !== 'tool-call' && part.type !== 'tool-result') return part
  const name = part.name === undefined ? undefined : rename(part.name)
  return name === part.name ? part : changed(part, { name } as Partial<typeof part>)
}
