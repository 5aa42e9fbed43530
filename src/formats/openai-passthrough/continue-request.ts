import { readNumber } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import { type Edit, insertMember, splice } from '../../codecs/json/splice.ts'
import type { Envelope } from '../envelope/read-request.ts'

/** With one of these the server does not simply go on writing text, and a new beginning would be another answer. */
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

/** Whether the rest of an answer can be asked for exactly: one choice of free text. */
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

/** What of an answer has been said. */
export interface GeneratedText {
  readonly text: string
  readonly tokens: number
}

/**
 * The same request, for the rest of an answer: the last message holds what there is, and the server goes on in it. `most`
 * caps the rest further, in tokens. Source: `continue_final_message` of vLLM's and SGLang's chat API.
 */
export function continueRequest(
  bytes: Uint8Array,
  { members }: Envelope,
  { text, tokens }: GeneratedText,
  most?: number,
): Uint8Array<ArrayBuffer> {
  const edits: Edit[] = [
    insertMember(bytes, 'continue_final_message', 'true'),
    insertMember(bytes, 'add_generation_prompt', 'false'),
  ]
  if (most !== undefined && !members.some(isCap)) edits.push(insertMember(bytes, 'max_tokens', String(most)))
  for (const member of members) {
    const { key, type, start, end } = member
    if (key === 'messages') {
      const message = JSON.stringify({ role: 'assistant', content: text })
      edits.push({ start: end - 1, end: end - 1, text: `,${message}` })
    } else if (type === 'number' && Object.hasOwn(MIN_LEFT, key)) {
      const left = Math.max(MIN_LEFT[key]!, readNumber(bytes, member) - tokens)
      edits.push({ start, end, text: String(Math.min(left, most ?? left)) })
    }
  }
  return splice(bytes, edits)
}

/** Numbers of tokens of the whole answer, and the least that servers take for the rest of it. */
const MIN_LEFT: Readonly<Record<string, number>> = { max_tokens: 1, max_completion_tokens: 1, min_tokens: 0 }

const isCap = ({ key, type }: JsonMember): boolean =>
  type === 'number' && (key === 'max_tokens' || key === 'max_completion_tokens')
