// The meaning of a response, independent of the API format.
import type { FinishReason } from '../../src/chat/finish.ts'
import { isGeneratedId } from '../../src/formats/gemini/content/ids.ts'
import type { ChatResponse, Choice } from '../../src/chat/response.ts'

export interface ResponseMeaning {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[]
  readonly finish: 'ended' | 'calls' | 'cut' | 'filtered'
  readonly usage: { readonly input: number; readonly output: number; readonly cached: number }
}

const CLASSES: Readonly<Record<FinishReason, ResponseMeaning['finish']>> = {
  stop: 'ended',
  'stop-sequence': 'ended',
  pause: 'ended',
  other: 'ended',
  'malformed-tool-call': 'ended',
  'tool-calls': 'calls',
  length: 'cut',
  'context-full': 'cut',
  'content-filter': 'filtered',
  refusal: 'filtered',
}

/** Formats in which a refusal of the model is plain text. */
const DECLINES_IN_TEXT = new Set(['gemini', 'bedrock-converse', 'cohere', 'ollama'])

/** Formats that count the tokens of a prompt and not which of them were cached. */
const COUNTS_NO_CACHE = new Set(['ollama'])

/** The meaning of the first choice: most formats have only one. `format`: the format it is written in. */
export function meaningOf({ choices: [choice], usage }: ChatResponse, formatName: string): ResponseMeaning {
  const { parts, finish }: Choice = choice ?? { parts: [], finish: { reason: 'other' } }
  const isDeclined = parts.some(({ type }) => type === 'refusal') && !DECLINES_IN_TEXT.has(formatName)
  const calls = parts.flatMap((part) =>
    part.type === 'tool-call' ? [{ id: idOf(part.id), name: part.name, args: valueOf(part.arguments) }] : [],
  )
  const end = isDeclined ? 'filtered' : CLASSES[finish.reason]
  const { input = 0, output = 0, cached = 0 } = usage ?? {}
  return {
    // A refusal is text in formats without a refusal part.
    text: parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join(''),
    reasoning: parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join(''),
    calls,
    // Anthropic's code execution calls tools and ends normally, which other formats do not have.
    finish: end === 'ended' && calls.length > 0 ? 'calls' : end,
    // Some formats require usage. Cached tokens are never more than input tokens.
    usage: { input: Math.max(input, cached), output, cached: COUNTS_NO_CACHE.has(formatName) ? 0 : cached },
  }
}

/** Gemini's testedFormat has calls without ids, for which we make some that only order and name tell apart. */
const idOf = (id: string): string => (isGeneratedId(id) ? 'made' : id)

/** Truncated arguments are not JSON. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
