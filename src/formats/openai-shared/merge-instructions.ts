import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'

export interface MergedInstructions {
  readonly items: readonly JsonObject[]
  /** Responses: the new value of the field `instructions`; undefined: unchanged. */
  readonly instructions?: string
}

interface MergeFacts {
  /** The field `instructions` of Responses. */
  readonly instructions: unknown
  /** The type of a text part in a user's message. */
  readonly partType: 'text' | 'input_text'
}

/**
 * Makes one instruction of those at the beginning, and user text in `<system>` tags of the later ones. An instruction
 * between a call and its result follows the result. Returns the same list if nothing changes.
 */
export function mergeInstructions(items: readonly JsonObject[], facts: MergeFacts): MergedInstructions {
  const found = items.findIndex((item) => !isInstruction(item))
  const opening = found === -1 ? items.length : found
  const rest = items.slice(opening)
  const head = mergeOpening(items.slice(0, opening), facts)
  const isChanged = head.instructions !== undefined || opening > 1 || rest.some(isInstruction)
  return isChanged ? { ...head, items: [...head.items, ...withLaterAsUser(rest, facts.partType)] } : { items }
}

const isInstruction = ({ role }: JsonObject): boolean => role === 'system' || role === 'developer'

function mergeOpening(opening: readonly JsonObject[], { instructions, partType }: MergeFacts): MergedInstructions {
  const texts = opening.map(({ content }) => textOf(content))
  const hasInstructions = typeof instructions === 'string' && instructions !== ''
  if (opening.length === 0 || (opening.length === 1 && !hasInstructions)) return { items: opening }
  if (!texts.every((text) => text !== undefined))
    return { items: [{ ...opening[0], content: opening.flatMap(({ content }) => partsOf(content, partType)) }] }
  if (hasInstructions) return { items: [], instructions: [instructions, ...texts].join('\n\n') }
  return { items: [{ ...opening[0], content: texts.join('\n\n') }] }
}

/** The text of a content without other kinds of parts or fields; otherwise undefined. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content) || !content.every(isPlainText)) return undefined
  return content.map(({ text }) => text).join('\n\n')
}

const isPlainText = (part: unknown): part is { text: string } =>
  isRecord(part) && typeof part['text'] === 'string' && Object.keys(part).length === 2

/** Adds content behind content: as a string if both are, otherwise as a list of parts. */
function joined(first: unknown, second: unknown, partType: MergeFacts['partType']): unknown {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`
  return [...partsOf(first, partType), ...partsOf(second, partType)]
}

const partsOf = (content: unknown, type: MergeFacts['partType']): readonly unknown[] =>
  typeof content === 'string' ? [{ type, text: content }] : Array.isArray(content) ? content : []

/** The content of an instruction as a user's: each text in tags. */
function tagged({ content }: JsonObject): unknown {
  const text = textOf(content)
  if (text !== undefined) return inTags(text)
  return Array.isArray(content) ? content.map(partInTags) : []
}

const partInTags = (part: unknown): unknown =>
  isRecord(part) && typeof part['text'] === 'string' ? { ...part, text: inTags(part['text']) } : part

const inTags = (text: string): string => `<system>\n${text}\n</system>`

function withLaterAsUser(items: readonly JsonObject[], partType: MergeFacts['partType']): JsonObject[] {
  const merged: JsonObject[] = []
  let waiting: unknown
  const flush = () => {
    if (waiting !== undefined) merged.push({ role: 'user', content: waiting })
    waiting = undefined
  }
  for (const item of items) {
    const last = merged.at(-1)
    if (isInstruction(item)) {
      const content = tagged(item)
      if (waiting !== undefined) waiting = joined(waiting, content, partType)
      else if (isUser(last)) merged[merged.length - 1] = { ...last, content: joined(last.content, content, partType) }
      else waiting = content
    } else if (isUser(item) && waiting !== undefined) {
      merged.push({ ...item, content: joined(waiting, item.content, partType) })
      waiting = undefined
    } else {
      if (!belongsToCalls(item)) flush()
      merged.push(item)
    }
  }
  flush()
  return merged
}

const isUser = (item: JsonObject | undefined): item is JsonObject & { role: 'user'; content: unknown } =>
  item?.['role'] === 'user'

/** Results, and calls beside other calls: nothing may stand between them. */
const belongsToCalls = ({ role, type }: JsonObject): boolean =>
  role === 'tool' || (typeof type === 'string' && (type === 'reasoning' || /_(?:call|output)$/.test(type)))
