import { readNumber } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { type Edit, insertMember, splice } from '../../codecs/json/splice.ts'
import type { Envelope } from '../envelope/read-request.ts'

/** With one of these fields the server does not simply continue the text, so the response cannot be resumed. */
const NOT_RESUMABLE = new Set([
  'response_format',
  'logprobs',
  'top_logprobs',
  'guided_json',
  'guided_regex',
  'guided_choice',
  'guided_grammar',
  'structured_outputs',
  'continue_final_message',
  'add_generation_prompt',
  'echo',
])

/** Whether the rest of a response can be requested exactly: it must be one choice of free text. */
export function isContinuable(bytes: Uint8Array, { members, stream }: Envelope): boolean {
  const isHarmless = (member: JsonMember) =>
    member.type === 'null' ||
    (member.key === 'n'
      ? readNumber(bytes, member) === 1
      : !NOT_RESUMABLE.has(member.key) && !demandsTool(bytes, member))
  return stream && members.every(isHarmless)
}

function demandsTool(bytes: Uint8Array, { key, type, start, end }: JsonMember): boolean {
  if (key !== 'tool_choice') return false
  return type === 'object' || !['"auto"', '"none"'].includes(Buffer.from(bytes.subarray(start, end)).toString())
}

/** The part of a response that was already generated. */
export interface GeneratedText {
  readonly text: string
  readonly tokens: number
}

/**
 * The same request for the rest of a response: the generated text becomes the last message, and the server continues it.
 * `maxTokens` caps the rest further. Source: `continue_final_message` of vLLM's and SGLang's chat API.
 */
export function continueRequest(
  bytes: Uint8Array,
  { members }: Envelope,
  { text, tokens }: GeneratedText,
  maxTokens?: number,
): Uint8Array<ArrayBuffer> {
  const edits: Edit[] = [
    insertMember(bytes, 'continue_final_message', 'true'),
    insertMember(bytes, 'add_generation_prompt', 'false'),
  ]
  if (maxTokens !== undefined && !members.some(isCap)) edits.push(insertMember(bytes, 'max_tokens', String(maxTokens)))
  for (const member of members) {
    const { key, type, start, end } = member
    if (key === 'messages') {
      const message = JSON.stringify({ role: 'assistant', content: text })
      edits.push({ start: end - 1, end: end - 1, text: `,${message}` })
    } else if (type === 'number' && Object.hasOwn(MIN_LEFT, key)) {
      const left = Math.max(MIN_LEFT[key]!, readNumber(bytes, member) - tokens)
      edits.push({ start, end, text: String(Math.min(left, maxTokens ?? left)) })
    }
  }
  return splice(bytes, edits)
}

/** Fields with token counts of the whole response, and the minimum that servers accept for the rest of it. */
const MIN_LEFT: Readonly<Record<string, number>> = { max_tokens: 1, max_completion_tokens: 1, min_tokens: 0 }

const isCap = ({ key, type }: JsonMember): boolean =>
  type === 'number' && (key === 'max_tokens' || key === 'max_completion_tokens')
