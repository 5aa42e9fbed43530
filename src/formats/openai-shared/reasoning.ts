import type { ReasoningPart, Seal } from '../../chat/part.ts'
import { isRecord } from '../fields/fields.ts'
import { originalOf, withOriginal } from '../fields/originals.ts'
import { NAME } from './name.ts'
import { filled, listOf } from '../fields/values.ts'

// `reasoning_details[]` is OpenRouter's: texts, summaries and encrypted blobs, each with the name of its format.
// Source: https://openrouter.ai/docs/use-cases/reasoning-tokens

/** Formats of sealed reasoning and their seal origins; other names are used as origins. */
const ORIGINS: Readonly<Record<string, string>> = {
  'anthropic-claude-v1': 'anthropic',
  'google-gemini-v1': 'gemini',
  'openai-responses-v1': 'openai-responses',
  'xai-responses-v1': 'xai',
}
const FORMATS = Object.fromEntries(Object.entries(ORIGINS).map(([format, origin]) => [origin, format]))

/** The format name of reasoning without a seal. */
const UNKNOWN = 'unknown'

export interface ReasoningDetail {
  readonly type: 'reasoning.text' | 'reasoning.summary' | 'reasoning.encrypted'
  readonly text?: string
  readonly summary?: string
  readonly signature?: string
  readonly data?: string
  readonly id?: string
  readonly format?: string
  readonly index: number
}

/** One decoded entry of `reasoning_details`. */
export interface DetailFacts {
  readonly text: string
  readonly isSummary: boolean
  readonly id: string | undefined
  readonly seal: Seal | undefined
  /** Entries with the same key belong to the same piece of reasoning. */
  readonly key: string
}

export function readDetail(value: unknown): DetailFacts | undefined {
  if (!isRecord(value)) return undefined
  const { type, index, format } = value
  const text = filled(value['text']) ?? filled(value['summary']) ?? ''
  const [id, signature, data] = [filled(value['id']), filled(value['signature']), filled(value['data'])]
  const named = filled(format) ?? UNKNOWN
  const origin = ORIGINS[named] ?? (named === UNKNOWN ? NAME : named)
  const seal = { origin, ...(signature !== undefined && { signature }), ...(data !== undefined && { data }) }
  return {
    text,
    isSummary: type === 'reasoning.summary',
    id,
    seal: signature === undefined && data === undefined ? undefined : seal,
    key: String(typeof index === 'number' ? index : (id ?? '')),
  }
}

/** Decodes all reasoning of a message: its `reasoning_details`, and plain text that is not in them. */
export function decodeReasoning(message: Readonly<Record<string, unknown>>): ReasoningPart[] {
  const plain = filled(message['reasoning_content']) ?? filled(message['reasoning']) ?? ''
  return addPlainText(partsOf(listOf(message['reasoning_details'])), plain)
}

/** Each part keeps its original entries, because the upstream needs them back unchanged. */
function partsOf(details: readonly unknown[]): ReasoningPart[] {
  const pieces: { key: string; part: ReasoningPart; entries: unknown[] }[] = []
  for (const value of details) {
    const detail = readDetail(value)
    if (!detail || (detail.text === '' && !detail.seal)) continue
    const last = pieces.at(-1)
    if (last?.key === detail.key && (detail.text === '' || !last.part.seal)) {
      last.part = joined(last.part, detail)
      last.entries.push(value)
    } else pieces.push({ key: detail.key, part: joined({ type: 'reasoning', text: '' }, detail), entries: [value] })
  }
  return pieces.map(({ part, entries }) => withOriginal(part, entries))
}

const joined = (part: ReasoningPart, { text, isSummary, id, seal }: DetailFacts): ReasoningPart => ({
  ...part,
  text: part.text + text,
  ...(isSummary && { isSummary }),
  ...(id !== undefined && { id }),
  ...(seal && { seal: { ...part.seal, ...seal } }),
})

/**
 * The plain text repeats the texts of the details, in order; the text between them has no seal. If it differs
 * completely, only the details are used.
 */
function addPlainText(details: readonly ReasoningPart[], plain: string): ReasoningPart[] {
  const parts: ReasoningPart[] = []
  let rest = plain
  for (const part of details) {
    const at = rest.indexOf(part.text)
    if (at === -1) return [...details]
    if (part.text !== '' && rest.slice(0, at).trim() !== '') parts.push({ type: 'reasoning', text: rest.slice(0, at) })
    if (part.text !== '') rest = rest.slice(at + part.text.length)
    parts.push(part)
  }
  if (rest.trim() === '') return parts
  // Only encrypted blobs: the text preceded them.
  const plainPart: ReasoningPart = { type: 'reasoning', text: rest }
  return parts.every(({ text }) => text === '') ? [plainPart, ...parts] : [...parts, plainPart]
}

/** The `reasoning_details` entries for the piece of reasoning with this index in its message. */
export function encodeDetail(
  { text, isSummary, id, seal }: Omit<ReasoningPart, 'type' | 'extra'>,
  index: number,
): ReasoningDetail[] {
  const { origin, signature, data } = seal?.origin === 'none' ? {} : (seal ?? {})
  const format = origin === undefined || origin === NAME ? UNKNOWN : (FORMATS[origin] ?? origin)
  const place = { ...(id !== undefined && { id }), format, index }
  const details: ReasoningDetail[] = []
  if (text !== '' || data === undefined)
    details.push({
      ...(isSummary ? { type: 'reasoning.summary', summary: text } : { type: 'reasoning.text', text }),
      ...(signature !== undefined && { signature }),
      ...place,
    })
  if (data !== undefined) details.push({ type: 'reasoning.encrypted', data, ...place })
  return details
}

/**
 * The details for a server that accepts them: the entries of a client of this format as they were (`isOwn`), or new ones
 * for the parts for which `needs` is true.
 */
export const encodeDetails = (
  parts: readonly ReasoningPart[],
  isOwn: boolean,
  needs: (part: ReasoningPart) => boolean,
): unknown[] =>
  parts.flatMap((part, index) => {
    const original = isOwn ? (originalOf(part) as unknown[] | undefined) : undefined
    return original ?? (needs(part) ? encodeDetail(part, index) : [])
  })

/** The entry for a delta of a piece of reasoning. The format is known only with the seal, and is sent once with it. */
export const encodeDetailDelta = (text: string, index: number, { isSummary, id }: DetailOpening): ReasoningDetail => ({
  ...(isSummary ? { type: 'reasoning.summary', summary: text } : { type: 'reasoning.text', text }),
  ...(id !== undefined && { id }),
  index,
})

export interface DetailOpening {
  readonly isSummary?: boolean
  readonly id?: string
}

export const encodeDetailSeal = (seal: Seal, index: number, opening: DetailOpening): ReasoningDetail[] =>
  seal.origin === 'none' ? [] : encodeDetail({ text: '', ...opening, seal }, index)
