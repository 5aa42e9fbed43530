import type { ReasoningPart, Seal } from '../../chat/part.ts'
import { isRecord } from '../fields/fields.ts'
import { originalOf, withOriginal } from '../fields/originals.ts'
import { NAME } from './name.ts'
import { filled, listOf } from '../fields/values.ts'

// `reasoning_details[]` is OpenRouter's: texts, summaries and sealed blobs with the name of their format.
// Source: https://openrouter.ai/docs/use-cases/reasoning-tokens

/** Formats of sealed reasoning and who makes it; other names stand for themselves. */
const ORIGINS: Readonly<Record<string, string>> = {
  'anthropic-claude-v1': 'anthropic',
  'google-gemini-v1': 'gemini',
  'openai-responses-v1': 'openai-responses',
  'xai-responses-v1': 'xai',
}
const FORMATS = Object.fromEntries(Object.entries(ORIGINS).map(([format, origin]) => [origin, format]))

/** Reasoning that nobody sealed says so. */
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

/** One entry of `reasoning_details`, read; undefined for what is none. */
export interface DetailFacts {
  readonly text: string
  readonly isSummary: boolean
  readonly id: string | undefined
  readonly seal: Seal | undefined
  /** Entries with one key belong to one piece of reasoning. */
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

/** All reasoning of a message: its `reasoning_details`, and what its plain text says beyond them. */
export function decodeReasoning(message: Readonly<Record<string, unknown>>): ReasoningPart[] {
  const plain = filled(message['reasoning_content']) ?? filled(message['reasoning']) ?? ''
  return addPlainText(partsOf(listOf(message['reasoning_details'])), plain)
}

/** Each part remembers its entries: who wants them back wants them as they were. */
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
 * The plain text repeats the texts of the details, in their order; what stands between them was sealed by nobody.
 * If it says something else altogether, the details are the better source.
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
  // Only blobs: the text was plainPart before them.
  const plainPart: ReasoningPart = { type: 'reasoning', text: rest }
  return parts.every(({ text }) => text === '') ? [plainPart, ...parts] : [...parts, plainPart]
}

/** The entries for one piece of reasoning, the `index`th of its message. */
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

/** The details for a server that takes them: as its client brought them, else made for what `needs` them. */
export const encodeDetails = (parts: readonly ReasoningPart[], needs: (part: ReasoningPart) => boolean): unknown[] =>
  parts.flatMap(
    (part, index) => (originalOf(part) as unknown[] | undefined) ?? (needs(part) ? encodeDetail(part, index) : []),
  )

/** What a stream adds to the `index`th piece: its format is only known with its seal, and stands there once. */
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
