// Parts of a request, written as content blocks, each followed by its cache point.
import type {
  MediaPart,
  Part,
  ReasoningPart,
  Seal,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../../chat/part.ts'
import { requestToolInput } from '../../translation/tool-input.ts'
import { ANTHROPIC } from '../../claude/name.ts'
import { withExtra } from '../../translation/extras.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { originalOf } from '../../fields/originals.ts'
import { type CacheContext, encodeMark } from './cache.ts'
import { encodeMedia, encodeOwnMedia } from './media.ts'
import { CONVERSE } from '../name.ts'

export interface BlockContext extends CacheContext {
  /** Converts the id of a tool call to one that the model accepts. */
  readonly callId: (id: string) => string
  /** Converts the name of a document to one that Bedrock accepts. */
  readonly documentName: (name: string | undefined) => string
}

/**
 * The blocks of a part; empty: it is left out. Throws GatewayError for an unsupported part that changes the meaning.
 */
export function encodePart(part: Part, path: string, context: BlockContext): readonly object[] {
  const block = encodeBlock(part, path, context)
  if (!block) return []
  const mark = 'cache' in part ? part.cache : undefined
  return [block, ...encodeMark(mark ?? markInside(part, context), path, context)]
}

/** A cache point cannot be inside a tool result, so it follows the result. */
const markInside = (part: Part, { isOwn }: BlockContext) =>
  part.type === 'tool-result' && !isOwn
    ? part.content.map((inner) => ('cache' in inner ? inner.cache : undefined)).findLast((mark) => mark !== undefined)
    : undefined

function encodeBlock(part: Part, path: string, context: BlockContext): object | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, context)
    case 'refusal':
      return { text: part.text }
    case 'media':
      return context.isOwn ? encodeOwnMedia(part) : encodeTranslatedMedia(part, path, context)
    case 'tool-call':
      return encodeCall(part, path, context)
    case 'tool-result':
      return encodeResult(part, path, context)
    case 'reasoning':
      return encodeReasoning(part, path, context)
    case 'native':
      if (part.format === CONVERSE) return part.value as object
      throw unsupported(path, `the Converse format has no equivalent of ${part.kind}`)
  }
}

function encodeText(part: TextPart, path: string, context: BlockContext): object {
  if (context.isOwn) return ownText(part)
  if ((part.citations?.length ?? 0) > 0)
    context.losses.note(`${path}.citations`, 'removed: Bedrock accepts only citations of its own models')
  noteSeal(part.seal, path, context)
  return { text: part.text }
}

/** Writes text unchanged: cited text has its own kind of block, and JSON in a result stays JSON. */
export function ownText(part: TextPart): object {
  const { text, citations, extra } = part
  const original = originalOf(part)
  if (original) return original
  if (!citations) return withExtra({ text }, extra)
  const inner = { content: [{ text }], citations: citations.map(({ native }) => native.value) }
  return { citationsContent: withExtra(inner, extra) }
}

function encodeTranslatedMedia(part: MediaPart, path: string, { losses, documentName }: BlockContext): object {
  if (part.detail !== undefined && part.detail !== 'auto')
    losses.note(`${path}.detail`, 'removed: Bedrock has no detail setting for images')
  return encodeMedia(part, path, documentName)
}

function encodeCall(part: ToolCallPart, path: string, context: BlockContext): object {
  const { id, name, extra } = part
  noteSeal(part.seal, path, context)
  const inner = { toolUseId: context.callId(id), name, input: requestToolInput(part, path) }
  return { toolUse: context.isOwn ? withExtra(inner, extra) : inner }
}

function encodeResult(part: ToolResultPart, path: string, context: BlockContext): object {
  const { callId, isError, extra } = part
  const inner = {
    toolUseId: context.callId(callId),
    content: encodeContent(part, path, context),
    ...(isError !== undefined && encodeStatus(isError, path, context)),
  }
  return { toolResult: context.isOwn ? withExtra(inner, extra) : inner }
}

function encodeStatus(isError: boolean, path: string, { isOwn, model, losses }: BlockContext): object {
  if (isOwn || (isError && model.hasStatus)) return { status: isError ? 'error' : 'success' }
  if (isError) losses.note(`${path}: is_error`, 'removed: this model does not support the status of a tool result')
  return {}
}

/** Writes a result's content without empty texts, which Bedrock rejects. */
function encodeContent({ content }: ToolResultPart, path: string, context: BlockContext): object[] {
  return content.flatMap((part, index) =>
    !context.isOwn && part.type === 'text' && part.text.trim() === ''
      ? []
      : (encodeBlock(part, `${path}.content[${index}]`, context) ?? []),
  )
}

/** Writes reasoning unchanged. */
export function reasoningBlock({ text, seal, extra }: ReasoningPart): object {
  const inner =
    seal?.data === undefined
      ? { reasoningText: { text, ...(seal?.signature !== undefined && { signature: seal.signature }) } }
      : { redactedContent: seal.data }
  return { reasoningContent: withExtra(inner, extra) }
}

/**
 * Only sealed reasoning is sent back, or what a client of this format had from Bedrock: a model would treat unsigned reasoning as text that it wrote, tags included.
 * Claude reads Claude signatures from any platform, and no other signatures.
 * Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking, "signature values are compatible
 * across platforms"
 */
function encodeReasoning(part: ReasoningPart, path: string, context: BlockContext): object | undefined {
  const { isOwn, model, losses } = context
  const { text, seal } = part
  if (isOwn && (seal === undefined || seal.origin === CONVERSE)) return reasoningBlock(part)
  const isClaude = model.family === 'claude'
  const isReadable =
    seal?.origin === CONVERSE ? isClaude || seal.data !== undefined : seal?.origin === ANTHROPIC && isClaude
  if (isReadable) return reasoningBlock(isOwn ? part : { type: 'reasoning', text, seal: seal! })
  const what = seal && seal.origin !== 'none' ? `reasoning signed by ${seal.origin}` : 'reasoning without a signature'
  losses.note(path, `removed: this model does not accept ${what}`)
  return undefined
}

function noteSeal(seal: Seal | undefined, path: string, { isOwn, losses }: BlockContext): void {
  if (seal && !isOwn) losses.note(`${path}: signature`, `removed: only ${seal.origin} can read its signatures`)
}
