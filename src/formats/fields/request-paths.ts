// Where in a client's request something stands, in the words of its language: for errors and warnings.
import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'

// A language whose messages are not ours one to one says where each message and part was read.
const paths = new WeakMap<object, string>()

/** Remembers where in the client's request a message or a part stands: `input[2]`, `input[2].content[0]`. */
export function withRequestPath<Value extends Message | Part>(value: Value, path: string): Value {
  paths.set(value, path)
  return value
}

interface PathNames {
  readonly messages: string
  readonly parts: string
  /** Where instructions stand that are no message: they are the first canonical message. */
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

/** `messages[2]`, `system`. Responses have items, of which one message may be several: `input[2]` is the first. */
export function messagePath(request: ChatRequest, index: number): string {
  if (request.format === 'openai-responses') return pathOf(request.messages[index]) ?? 'input'
  const { messages, system } = pathNamesOf(request)
  const isApart = system !== undefined && request.messages[0]?.role === 'system'
  if (isApart && index === 0) return system
  return `${messages}[${isApart ? index - 1 : index}]`
}

/** `messages[2].content[0]`, `system[1]`, `contents[0].parts[3]`. */
export function partPath(request: ChatRequest, index: number, at: number): string {
  const path = messagePath(request, index)
  if (request.format === 'openai-responses') return pathOf(request.messages[index]?.parts[at]) ?? path
  const { parts, system } = pathNamesOf(request)
  if (path === system && parts === 'content') return request.messages[index]?.isPlain ? path : `${path}[${at}]`
  return request.messages[index]?.isPlain ? `${path}.${parts}` : `${path}.${parts}[${at}]`
}

const pathOf = (value: Message | Part | undefined): string | undefined => value && paths.get(value)
