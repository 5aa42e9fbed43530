// Parts of a complete response, written as content blocks.
import type { ReasoningPart, Seal, ToolCallPart } from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { sealText, UNSIGNED } from '../../../chat/seal.ts'
import { withExtra } from '../../translation/extras.ts'
import type { Losses } from '../../translation/losses.ts'
import { notePartExtra } from '../../translation/response-extras.ts'
import { responseToolInput } from '../../translation/tool-input.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { encodeCitation } from '../content/citations.ts'

export interface ResponseContext {
  /** The response was read from the Anthropic format. */
  readonly isOwn: boolean
  /** It ended at its length limit, so its last tool call can be incomplete. */
  readonly isCut: boolean
  readonly losses: Losses
}

export function encodeResponsePart(part: ResponsePart, path: string, context: ResponseContext): readonly object[] {
  const { isOwn, losses } = context
  const finished = (block: Readonly<Record<string, unknown>>) =>
    isOwn && 'extra' in part ? withExtra(block, part.extra) : block
  if (!isOwn && 'extra' in part) notePartExtra(part.extra, path, NO_SUCH_FIELD, losses)
  switch (part.type) {
    case 'text': {
      if (part.seal && !isOwn) noteSeal(part.seal, path, losses)
      if (part.text === '' && !isOwn) {
        if (part.citations) losses.note(`${path}.citations`, TEXTLESS)
        return []
      }
      const citations = part.citations?.flatMap((citation) => encodeCitation(citation, path, losses) ?? []) ?? []
      return [finished({ type: 'text', text: part.text, ...(citations.length > 0 && { citations }) })]
    }
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return encodeReasoning(part).map(finished)
    case 'tool-call':
      return [...(part.seal ? [sealBlock(part.seal)] : []), ...encodeCall(part, path, context).map(finished)]
    case 'native':
      if (part.format === ANTHROPIC) return [part.value as object]
      losses.note(path, `removed: the Anthropic format has no equivalent of ${part.kind}`)
      return []
    case 'media':
      losses.note(path, `removed: Anthropic responses cannot contain media (${part.kind})`)
      return []
  }
}

/** For a field that only the upstream's format has. */
export const NO_SUCH_FIELD = 'removed: Anthropic responses have no such field'

/** A text has no place for a signature: a thinking block after it would be the last block, which clients take for the text. */
export function noteSeal({ origin }: Seal, path: string, losses: Losses): void {
  if (origin !== 'none') losses.note(`${path}: signature`, `removed: only ${origin} can read its signatures`)
}

/** For citations of a text that is empty. */
export const TEXTLESS = 'removed: the text that they refer to is empty'

/** A tool call's signature, in an empty thinking block that precedes the call. */
export const sealBlock = (seal: Seal): object => ({
  type: 'thinking',
  thinking: '',
  signature: sealText(seal, ANTHROPIC),
})

/** Writes reasoning. Fully hidden reasoning becomes a redacted block; unsigned reasoning gets a marker signature. */
export function encodeReasoning({ text, seal }: Pick<ReasoningPart, 'text' | 'seal'>): Record<string, unknown>[] {
  if (text === '' && !seal) return []
  if (text === '' && seal?.signature === undefined)
    return [{ type: 'redacted_thinking', data: sealText(seal!, ANTHROPIC) }]
  return [{ type: 'thinking', thinking: text, signature: sealText(seal ?? UNSIGNED, ANTHROPIC) }]
}

function encodeCall(part: ToolCallPart, path: string, context: ResponseContext): Record<string, unknown>[] {
  const { id, name } = part
  const input = responseToolInput(part, path, context)
  return input ? [{ type: 'tool_use', id, name, input }] : []
}
