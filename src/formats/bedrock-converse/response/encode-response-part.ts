// Parts of a complete response, written as content blocks.
import type { Seal, ToolCallPart } from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { sealBytes, sealText } from '../../../chat/seal.ts'
import { responseToolInput } from '../../translation/tool-input.ts'
import { withExtra } from '../../translation/extras.ts'
import type { Losses } from '../../translation/losses.ts'
import { notePartExtra } from '../../translation/response-extras.ts'
import { ownText, reasoningBlock } from '../content/encode-blocks.ts'
import { createDocumentNames, encodeMedia, encodeOwnMedia } from '../content/media.ts'
import { CONVERSE } from '../name.ts'

export interface ResponseContext {
  /** The response was read from the Converse format. */
  readonly isOwn: boolean
  /** It ended at its length limit, so its last tool call can be incomplete. */
  readonly isCut: boolean
  readonly losses: Losses
}

/** For a field that only the upstream's format has. */
export const NO_SUCH_FIELD = 'removed: Bedrock responses have no such field'

export function encodeResponsePart(part: ResponsePart, path: string, context: ResponseContext): readonly object[] {
  const { isOwn, losses } = context
  if (!isOwn && 'extra' in part) notePartExtra(part.extra, path, NO_SUCH_FIELD, losses)
  switch (part.type) {
    case 'text':
      if (isOwn) return [ownText(part)]
      if (part.seal) noteSeal(part.seal, path, losses)
      if ((part.citations?.length ?? 0) > 0) losses.note(`${path}.citations`, NO_SUCH_FIELD)
      return part.text === '' ? [] : [{ text: part.text }]
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning':
      if (part.text === '' && !part.seal && !isOwn) return []
      return [reasoningBlock({ ...withWrappedSeal(part), extra: (isOwn && part.extra) || {} })]
    case 'tool-call':
      if (part.seal && !isOwn) noteSeal(part.seal, path, losses)
      return encodeCall(part, path, context)
    case 'media':
      if (part.seal && !isOwn) noteSeal(part.seal, path, losses)
      return [isOwn ? encodeOwnMedia(part) : encodeMedia(part, path, createDocumentNames())]
    case 'native':
      if (part.format === CONVERSE) return [part.value as object]
      losses.note(path, `removed: the Converse format has no equivalent of ${part.kind}`)
      return []
  }
}

function noteSeal({ origin }: Seal, path: string, losses: Losses): void {
  if (origin !== 'none') losses.note(`${path}: signature`, `removed: only ${origin} can read its signatures`)
}

type Reasoning = Extract<ResponsePart, { type: 'reasoning' }>

/** Wraps another provider's seal, together with its name. */
export function withWrappedSeal(part: Reasoning): Reasoning {
  const { seal } = part
  if (!seal || seal.origin === CONVERSE) return part
  const isHidden = part.text === ''
  return {
    ...part,
    seal: isHidden
      ? { origin: CONVERSE, data: sealBytes(seal, CONVERSE) }
      : { origin: CONVERSE, signature: sealText(seal, CONVERSE) },
  }
}

function encodeCall(part: ToolCallPart, path: string, context: ResponseContext): readonly object[] {
  const { id: toolUseId, name } = part
  const input = responseToolInput(part, path, context)
  return input ? [{ toolUse: withExtra({ toolUseId, name, input }, context.isOwn ? part.extra : undefined) }] : []
}
