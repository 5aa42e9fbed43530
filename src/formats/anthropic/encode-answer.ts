// Parts of an answer written as content blocks, whole.
import type { ReasoningPart, Seal, ToolCallPart } from '../../chat/part.ts'
import type { AnswerPart } from '../../chat/response.ts'
import { sealText, UNSIGNED } from '../../chat/seal.ts'
import { GatewayError } from '../../errors.ts'
import { withExtra } from '../translation/extras.ts'
import type { Losses } from '../translation/losses.ts'
import { inputIn } from '../claude/tool-input.ts'
import { ANTHROPIC } from '../claude/name.ts'

export interface AnswerContext {
  /** The answer was decoded from this language. */
  readonly isOwn: boolean
  /** It was cut by its length, so that its last call may be half a call. */
  readonly isCut: boolean
  readonly losses: Losses
}

export function encodeAnswerPart(part: AnswerPart, path: string, context: AnswerContext): readonly object[] {
  const { isOwn, losses } = context
  const finished = (block: Readonly<Record<string, unknown>>) =>
    isOwn && 'extra' in part ? withExtra(block, part.extra) : block
  if (!isOwn && 'extra' in part) for (const key in part.extra) losses.note(`${path}.${key}`, LACKS)
  switch (part.type) {
    case 'text': {
      if (part.text === '' && !isOwn) return []
      const own = part.citations?.filter(({ native }) => native.format === ANTHROPIC) ?? []
      if (own.length < (part.citations?.length ?? 0)) losses.note(`${path}.citations`, ...FOREIGN_CITATION)
      const citations = own.length > 0 && { citations: own.map(({ native }) => native.value) }
      return [finished({ type: 'text', text: part.text, ...citations })]
    }
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return encodeReasoning(part).map(finished)
    case 'tool-call':
      return [...(part.seal ? [sealBlock(part.seal)] : []), ...encodeCall(part, path, context).map(finished)]
    case 'native':
      if (part.format === ANTHROPIC) return [part.value as object]
      losses.note(path, `removed: a ${part.kind} has no equal in Anthropic's language`)
      return []
    case 'media':
      losses.note(path, `removed: an answer holds no ${part.kind} there`)
      return []
  }
}

/** Of a field that only the upstream's language has. */
export const LACKS = 'removed: an answer has no such field there'

export const FOREIGN_CITATION = ['removed: only Anthropic can make a citation that it takes back'] as const

/** The signature of a call stands in an empty block of thought before it. */
export const sealBlock = (seal: Seal): object => ({
  type: 'thinking',
  thinking: '',
  signature: sealText(seal, ANTHROPIC),
})

/** Thought that is all hidden is a redacted block; thought that nobody signed is marked so. */
export function encodeReasoning({ text, seal }: Pick<ReasoningPart, 'text' | 'seal'>): Record<string, unknown>[] {
  if (text === '' && !seal) return []
  if (text === '' && seal?.signature === undefined)
    return [{ type: 'redacted_thinking', data: sealText(seal!, ANTHROPIC) }]
  return [{ type: 'thinking', thinking: text, signature: sealText(seal ?? UNSIGNED, ANTHROPIC) }]
}

function encodeCall(part: ToolCallPart, path: string, { isCut, losses }: AnswerContext): Record<string, unknown>[] {
  const { id, name } = part
  const input = inputIn(part.arguments)
  if (input) return [{ type: 'tool_use', id, name, input }]
  if (!isCut)
    throw new GatewayError('upstream_malformed', `The upstream calls "${name}" with arguments that are no JSON object.`)
  losses.note(path, `removed: the answer ended in the middle of the call of "${name}"`)
  return []
}
