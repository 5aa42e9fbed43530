import type { Usage } from '../../../chat/usage.ts'
import { isRecord } from '../../fields/fields.ts'

const COUNTS = new Set([
  'promptTokenCount',
  'candidatesTokenCount',
  'totalTokenCount',
  'cachedContentTokenCount',
  'thoughtsTokenCount',
  'toolUsePromptTokenCount',
])

/** Further fields that only Gemini's usage has. */
const OWN_EXTRA = new Set([
  'promptTokensDetails',
  'candidatesTokensDetails',
  'cacheTokensDetails',
  'toolUsePromptTokensDetails',
  'trafficType',
  'serviceTier',
])

/**
 * Reads usage. Gemini has four counts that do not overlap: prompt, prompts of its own tools, candidates, thoughts; the
 * total is their sum. Undefined: there are no counts yet (Vertex, until the last chunk).
 */
export function decodeUsage(metadata: unknown): Usage | undefined {
  if (!isRecord(metadata)) return undefined
  const prompt = count(metadata['promptTokenCount'])
  const candidates = count(metadata['candidatesTokenCount'])
  if (prompt === undefined && candidates === undefined) return undefined
  const thoughts = count(metadata['thoughtsTokenCount'])
  const toolInput = count(metadata['toolUsePromptTokenCount'])
  return {
    input: (prompt ?? 0) + (toolInput ?? 0),
    ...optional('cached', count(metadata['cachedContentTokenCount'])),
    output: (candidates ?? 0) + (thoughts ?? 0),
    ...optional('reasoning', thoughts),
    ...optional('toolInput', toolInput),
    ...optional('audioInput', ofModality(metadata['promptTokensDetails'], 'AUDIO')),
    ...optional('imageInput', ofModality(metadata['promptTokensDetails'], 'IMAGE')),
    ...optional('audioOutput', ofModality(metadata['candidatesTokensDetails'], 'AUDIO')),
    ...optional('imageOutput', ofModality(metadata['candidatesTokensDetails'], 'IMAGE')),
    ...extraOf(metadata),
  }
}

export function encodeUsage(usage: Usage): Record<string, unknown> {
  const { input, output, cached, reasoning, toolInput, extra } = usage
  const prompt = input - (toolInput ?? 0)
  const candidates = output - (reasoning ?? 0)
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: candidates,
    totalTokenCount: input + output,
    ...optional('cachedContentTokenCount', cached),
    ...optional('thoughtsTokenCount', reasoning),
    ...optional('toolUsePromptTokenCount', toolInput),
    ...optional('promptTokensDetails', splitOf(prompt, usage.audioInput, usage.imageInput)),
    ...optional('candidatesTokensDetails', splitOf(candidates, usage.audioOutput, usage.imageOutput)),
    ...Object.fromEntries(Object.entries(extra ?? {}).filter(([key]) => OWN_EXTRA.has(key))),
  }
}

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value }

function ofModality(details: unknown, modality: string): number | undefined {
  if (!Array.isArray(details)) return undefined
  const row = (details as unknown[]).find((item) => isRecord(item) && item['modality'] === modality)
  return isRecord(row) ? count(row['tokenCount']) : undefined
}

function splitOf(total: number, audio: number | undefined, image: number | undefined): unknown {
  if (audio === undefined && image === undefined) return undefined
  const rows: [string, number][] = [
    ['TEXT', total - (audio ?? 0) - (image ?? 0)],
    ['AUDIO', audio ?? 0],
    ['IMAGE', image ?? 0],
  ]
  return rows.filter(([, tokenCount]) => tokenCount > 0).map(([modality, tokenCount]) => ({ modality, tokenCount }))
}

function extraOf(metadata: Record<string, unknown>): { extra?: Record<string, unknown> } {
  let extra: Record<string, unknown> | undefined
  for (const key in metadata) if (!COUNTS.has(key) && metadata[key] !== null) (extra ??= {})[key] = metadata[key]
  return extra ? { extra } : {}
}
