// Parts of an answer written as content blocks, whole.
import type { ToolCallPart } from '../../chat/part.ts'
import type { AnswerPart } from '../../chat/response.ts'
import { sealText } from '../../chat/seal.ts'
import { GatewayError } from '../../errors.ts'
import { inputIn } from '../claude/tool-input.ts'
import { withExtra } from '../translation/extras.ts'
import type { Losses } from '../translation/losses.ts'
import { ownText, reasoningBlock } from './encode-blocks.ts'
import { createDocumentNames, encodeMedia, encodeOwnMedia } from './media.ts'
import { CONVERSE } from './name.ts'

export interface AnswerContext {
  /** The answer was decoded from this language. */
  readonly isOwn: boolean
  /** It was cut by its length, so that its last call may be half a call. */
  readonly isCut: boolean
  readonly losses: Losses
}

/** Of a field that only the upstream's language has. */
export const LACKS = 'removed: an answer has no such field there'

export function encodeAnswerPart(part: AnswerPart, path: string, context: AnswerContext): readonly object[] {
  const { isOwn, losses } = context
  if (!isOwn && 'extra' in part) for (const key in part.extra) losses.note(`${path}.${key}`, LACKS)
  switch (part.type) {
    case 'text':
      if (isOwn) return [ownText(part)]
      if ((part.citations?.length ?? 0) > 0) losses.note(`${path}.citations`, LACKS)
      return part.text === '' ? [] : [{ text: part.text }]
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning':
      if (part.text === '' && !part.seal && !isOwn) return []
      return [reasoningBlock({ ...withWrappedSeal(part), extra: (isOwn && part.extra) || {} })]
    case 'tool-call':
      if (part.seal && !isOwn) losses.note(`${path}: signature`, `removed: only ${part.seal.origin} can read its own`)
      return encodeCall(part, path, context)
    case 'media':
      return [isOwn ? encodeOwnMedia(part) : encodeMedia(part, path, createDocumentNames())]
    case 'native':
      if (part.format === CONVERSE) return [part.value as object]
      losses.note(path, `removed: a ${part.kind} has no equal in Bedrock's language`)
      return []
  }
}

type Reasoning = Extract<AnswerPart, { type: 'reasoning' }>

/** A foreign seal, with the name of its maker. */
export function withWrappedSeal(part: Reasoning): Reasoning {
  const { seal } = part
  if (!seal || seal.origin === CONVERSE) return part
  const wrapped = sealText(seal, CONVERSE)
  return {
    ...part,
    seal: part.text === '' ? { origin: CONVERSE, data: wrapped } : { origin: CONVERSE, signature: wrapped },
  }
}

function encodeCall(part: ToolCallPart, path: string, { isOwn, isCut, losses }: AnswerContext): readonly object[] {
  const { id, name } = part
  const input = inputIn(part.arguments)
  if (input) return [{ toolUse: withExtra({ toolUseId: id, name, input }, isOwn ? part.extra : undefined) }]
  if (!isCut)
    throw new GatewayError('upstream_malformed', `The upstream calls "${name}" with arguments that are no JSON object.`)
  losses.note(path, `removed: the answer ended in the middle of the call of "${name}"`)
  return []
}
