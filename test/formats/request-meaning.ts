// The meaning of a request, independent of the API format.
import type { MediaSource, Part } from '../../src/chat/part.ts'
import type { ChatRequest, Message, Tool, ToolChoice } from '../../src/chat/request.ts'

type Item = readonly [who: string, kind: string, ...what: unknown[]]

export interface RequestMeaning {
  readonly items: readonly Item[]
  readonly tools: readonly unknown[]
}

/**
 * The content of each role, in order. Formats divide it into messages differently: texts of one role are joined, results
 * come before the text that the user sends with them, and ids are numbered in order, because some formats have none.
 */
export function meaningOf({ messages, tools, toolChoice }: ChatRequest): RequestMeaning {
  const ids = new Map<string, number>()
  const numberOf = (id: string) => ids.get(id) ?? (ids.set(id, ids.size), ids.size - 1)
  const items = messages.flatMap((message) => itemsOf(message, numberOf))
  return {
    items: joined(items.filter((item) => !isLabel(item))),
    tools: tools.filter(mayBeCalled(toolChoice)).map(toolOf),
  }
}

/** A format that cannot force a tool by name sends only this tool and forces any call. */
const mayBeCalled =
  (choice: ToolChoice | undefined) =>
  (tool: Tool): boolean =>
    choice?.type !== 'tool' || (tool.type === 'function' && tool.name === choice.name)

/** All instructions count as system, and results as user. */
const WHO: Readonly<Record<Message['role'], string>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  tool: 'user',
  assistant: 'assistant',
}

function itemsOf({ role, parts }: Message, numberOf: (id: string) => number): Item[] {
  const items = parts.flatMap((part) => itemOf(WHO[role], part, numberOf))
  return items.toSorted((a, b) => Number(b[1] === 'result') - Number(a[1] === 'result'))
}

function itemOf(who: string, part: Part, numberOf: (id: string) => number): Item[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text.trim() === '' ? [] : [[who, 'text', part.text]]
    case 'media':
      return [[who, part.kind, bytesOf(part.source)]]
    case 'tool-call':
      return [[who, 'call', numberOf(part.id), part.name, JSON.parse(part.arguments)]]
    case 'tool-result':
      return [
        [who, 'result', numberOf(part.callId), resultText(part.content)],
        ...part.content.flatMap((inner) => (inner.type === 'media' ? itemOf(who, inner, numberOf) : [])),
      ]
    default:
      return [] // Reasoning is sent to its maker only, and what only one format has is rejected.
  }
}

/** A plain text document can also be sent as its bytes. */
const bytesOf = (source: MediaSource): unknown =>
  source.type === 'text' ? { type: 'base64', data: Buffer.from(source.text).toString('base64') } : source

/** The placeholder for images that follow the results, in formats whose results are text only. */
const ATTACHED = '(attached below)'

/** A JSON result can also be sent as its value. */
function resultText(content: readonly Part[]): string {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text === ATTACHED ? '' : text
  }
}

const isLabel = ([, kind, text]: Item): boolean =>
  kind === 'text' && (String(text).startsWith('Attached to the result of ') || text === WITH_DOCUMENT)

/** The text that Bedrock demands beside a document. */
const WITH_DOCUMENT = '(document attached)'

/** Joins consecutive texts of one role and removes their whitespace. */
function joined(items: readonly Item[]): Item[] {
  const all: Item[] = []
  for (const item of items) {
    const last = all.at(-1)
    if (last && last[0] === item[0] && last[1] === 'text' && item[1] === 'text')
      all[all.length - 1] = [item[0], 'text', String(last[2]) + String(item[2])]
    else all.push(item)
  }
  return all.map((item) => (item[1] === 'text' ? [item[0], 'text', String(item[2]).replaceAll(/\s+/g, '')] : item))
}

const toolOf = (tool: Tool): unknown =>
  tool.type === 'function'
    ? [tool.name, tool.description ?? '', Object.keys(tool.parameters?.['properties'] ?? {})]
    : tool.kind
