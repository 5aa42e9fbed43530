// What an answer means, whichever language it is told in.
import type { FinishReason } from '../../src/chat/finish.ts'
import { isGeneratedId } from '../../src/formats/gemini/ids.ts'
import type { ChatResponse, Choice } from '../../src/chat/response.ts'

export interface AnswerMeaning {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[]
  readonly finish: 'ended' | 'calls' | 'cut' | 'filtered'
  readonly usage: { readonly input: number; readonly output: number; readonly cached: number }
}

const CLASSES: Readonly<Record<FinishReason, AnswerMeaning['finish']>> = {
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

/** Languages in which a model that declines in words of its own just says them. */
const DECLINES_IN_TEXT = new Set(['gemini', 'bedrock-converse'])

/** The first choice: most languages have no more. `teller`: in whose words it was told, or is to be told. */
export function meaningOf({ choices: [choice], usage }: ChatResponse, teller: string): AnswerMeaning {
  const { parts, finish }: Choice = choice ?? { parts: [], finish: { reason: 'other' } }
  const isDeclined = parts.some(({ type }) => type === 'refusal') && !DECLINES_IN_TEXT.has(teller)
  const calls = parts.flatMap((part) =>
    part.type === 'tool-call' ? [{ id: idOf(part.id), name: part.name, args: valueOf(part.arguments) }] : [],
  )
  const end = isDeclined ? 'filtered' : CLASSES[finish.reason]
  const { input = 0, output = 0, cached = 0 } = usage ?? {}
  return {
    // A refusal is a kind of text where a language has no other.
    text: parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : '')).join(''),
    reasoning: parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join(''),
    calls,
    // Anthropic's code execution calls tools and ends normally, which others cannot.
    finish: end === 'ended' && calls.length > 0 ? 'calls' : end,
    // Some languages must always count, and where cached tokens stand beside the others, there are never more of them.
    usage: { input: Math.max(input, cached), output, cached },
  }
}

/** Gemini's language has calls without ids, for which we make some that only order and name tell apart. */
const idOf = (id: string): string => (isGeneratedId(id) ? 'made' : id)

/** Arguments that are cut off are no JSON. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
