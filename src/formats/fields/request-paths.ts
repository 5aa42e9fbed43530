// The path of a message or part in the client's request, in the notation of its format: for errors and warnings.
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'

// A format whose messages do not match the canonical ones one to one records the path of each message and part.
const paths = new WeakMap<object, string>()

/** Records the path of a message or part in the client's request: `input[2]`, `input[2].content[0]`. */
export function withRequestPath<Value extends Message | Part>(value: Value, path: string): Value {
  paths.set(value, path)
  return value
}

/** A changed copy of a message or part, which keeps the recorded path. */
export function changed<Value extends Message | Part>(value: Value, changes: Partial<Value>): Value {
  const copy = { ...value, ...changes }
  const path = paths.get(value)
  if (path !== undefined) paths.set(copy, path)
  return copy
}

/** Records the path of every message and part that has none, so that they can be moved. Returns the request. */
export function withPaths(request: ChatRequest): ChatRequest {
  for (const [index, message] of request.messages.entries()) {
    const path = messagePath(request, index)
    for (const [at, part] of message.parts.entries())
      if (!paths.has(part)) paths.set(part, partPath(request, index, at))
    if (!paths.has(message)) paths.set(message, path)
  }
  return request
}

/** The path of a message or part of a request whose paths are recorded; empty for others. */
export const recordedPath = (value: Message | Part): string => paths.get(value) ?? ''

interface PathNames {
  readonly messages: string
  readonly parts: string
  /** The field of instructions that are not in a message; they are the first canonical message. */
  readonly system?: string
}

const CHAT: PathNames = { messages: 'messages', parts: 'content' }
const PATH_NAMES: Readonly<Record<string, PathNames>> = {
  anthropic: { ...CHAT, system: 'system' },
  'bedrock-converse': { ...CHAT, system: 'system' },
  gemini: { messages: 'contents', parts: 'parts', system: 'systemInstruction' },
}

const pathNamesOf = ({ format }: ChatRequest): PathNames => PATH_NAMES[format] ?? CHAT

/** `messages`, `contents`, `input`. */
export const conversationPath = (request: ChatRequest): string =>
  request.format === 'openai-responses' ? 'input' : pathNamesOf(request).messages

/** `messages[2]`, `system`. In openai-responses one message can consist of several items: `input[2]` is the first. */
export function messagePath(request: ChatRequest, index: number): string {
  const recorded = pathOf(request.messages[index])
  if (recorded !== undefined) return recorded
  if (request.format === 'openai-responses') return 'input'
  const { messages, system } = pathNamesOf(request)
  const isApart = system !== undefined && request.messages[0]?.role === 'system'
  if (isApart && index === 0) return system
  return `${messages}[${isApart ? index - 1 : index}]`
}

/** `messages[2].content[0]`, `system[1]`, `contents[0].parts[3]`. */
export function partPath(request: ChatRequest, index: number, at: number): string {
  const recorded = pathOf(request.messages[index]?.parts[at])
  if (recorded !== undefined) return recorded
  const path = messagePath(request, index)
  if (request.format === 'openai-responses') return path
  const { parts, system } = pathNamesOf(request)
  if (path === system && parts === 'content') return request.messages[index]?.isPlain ? path : `${path}[${at}]`
  return request.messages[index]?.isPlain ? `${path}.${parts}` : `${path}.${parts}[${at}]`
}

const pathOf = (value: Message | Part | undefined): string | undefined => value && paths.get(value)
