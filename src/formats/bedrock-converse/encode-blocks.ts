// Parts of a request written as content blocks: each its block, and the mark behind it.
import type { MediaPart, Part, ReasoningPart, Seal, TextPart, ToolCallPart, ToolResultPart } from '../../chat/part.ts'
import { GatewayError } from '../../errors.ts'
import { inputIn } from '../claude/tool-input.ts'
import { ANTHROPIC } from '../claude/name.ts'
import { withExtra } from '../translation/extras.ts'
import { unsupported } from '../fields/unsupported.ts'
import { originalOf } from '../fields/originals.ts'
import { type CacheContext, encodeMark } from './cache.ts'
import { encodeMedia, encodeOwnMedia } from './media.ts'
import { CONVERSE } from './name.ts'

export interface BlockContext extends CacheContext {
  /** The id of a tool call as the model takes it. */
  readonly callId: (id: string) => string
  /** The name of a document as Bedrock takes it. */
  readonly documentName: (name: string | undefined) => string
}

/** The blocks of a part; none for what is left out. Throws GatewayError for what cannot be said and changes the meaning. */
export function encodePart(part: Part, path: string, context: BlockContext): readonly object[] {
  const block = encodeBlock(part, path, context)
  if (!block) return []
  const mark = 'cache' in part ? part.cache : undefined
  return [block, ...encodeMark(mark ?? markInside(part, context), path, context)]
}

/** No mark can stand inside of a result: it goes behind the result. */
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
      return context.isOwn ? encodeOwnMedia(part) : encodeForeignMedia(part, path, context)
    case 'tool-call':
      return encodeCall(part, path, context)
    case 'tool-result':
      return encodeResult(part, path, context)
    case 'reasoning':
      return context.isOwn ? reasoningBlock(part) : encodeReasoning(part, path, context)
    case 'native':
      if (part.format === CONVERSE) return part.value as object
      throw unsupported(path, `a ${part.kind} has no equal in Bedrock's language`)
  }
}

function encodeText(part: TextPart, path: string, context: BlockContext): object {
  if (context.isOwn) return ownText(part)
  if ((part.citations?.length ?? 0) > 0)
    context.losses.note(`${path}.citations`, 'removed: citations of another provider mean nothing to Bedrock')
  noteSeal(part.seal, path, context)
  return { text: part.text }
}

/** Text that was cited has a block of its own kind, and JSON in a result stays JSON. */
export function ownText(part: TextPart): object {
  const { text, citations, extra } = part
  const original = originalOf(part)
  if (original) return original
  if (!citations) return withExtra({ text }, extra)
  const inner = { content: [{ text }], citations: citations.map(({ native }) => native.value) }
  return { citationsContent: withExtra(inner, extra) }
}

function encodeForeignMedia(part: MediaPart, path: string, { losses, documentName }: BlockContext): object {
  if (part.detail !== undefined && part.detail !== 'auto')
    losses.note(`${path}.detail`, 'removed: Bedrock looks at all images alike')
  return encodeMedia(part, path, documentName)
}

function encodeCall(part: ToolCallPart, path: string, context: BlockContext): object {
  const { id, name, extra } = part
  noteSeal(part.seal, path, context)
  const inner = { toolUseId: context.callId(id), name, input: argumentsOf(part, path) }
  return { toolUse: context.isOwn ? withExtra(inner, extra) : inner }
}

function argumentsOf({ name, arguments: text }: ToolCallPart, path: string): unknown {
  const input = inputIn(text)
  if (input) return input
  throw new GatewayError('invalid_request', `${path}: the arguments of "${name}" must be the JSON text of an object.`, {
    param: path,
  })
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
  if (isError) losses.note(`${path}: is_error`, 'removed: this model is not told that a tool failed')
  return {}
}

/** Empty texts are refused inside of results too. */
function encodeContent({ content }: ToolResultPart, path: string, context: BlockContext): object[] {
  return content.flatMap((part, index) =>
    !context.isOwn && part.type === 'text' && part.text.trim() === ''
      ? []
      : (encodeBlock(part, `${path}.content[${index}]`, context) ?? []),
  )
}

/** Reasoning as a block of its own language. */
export function reasoningBlock({ text, seal, extra }: ReasoningPart): object {
  const inner =
    seal?.data === undefined
      ? { reasoningText: { text, ...(seal?.signature !== undefined && { signature: seal.signature }) } }
      : { redactedContent: seal.data }
  return { reasoningContent: withExtra(inner, extra) }
}

/**
 * Only what is sealed goes back: a model takes unsigned reasoning for words that it said, tags and all. Claude reads its
 * signatures wherever they were made; what no other model signed it cannot read.
 * Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking, "signature values are compatible across platforms"
 */
function encodeReasoning(part: ReasoningPart, path: string, { model, losses }: BlockContext): object | undefined {
  const { text, seal } = part
  const isClaude = model.family === 'claude'
  const isReadable =
    seal?.origin === CONVERSE ? isClaude || seal.data !== undefined : seal?.origin === ANTHROPIC && isClaude
  if (isReadable) return reasoningBlock({ type: 'reasoning', text, seal: seal! })
  const whose = seal && seal.origin !== 'none' ? `reasoning that ${seal.origin} sealed` : 'reasoning without signature'
  losses.note(path, `removed: ${whose} cannot go back to this model`)
  return undefined
}

function noteSeal(seal: Seal | undefined, path: string, { isOwn, losses }: BlockContext): void {
  if (seal && !isOwn) losses.note(`${path}: signature`, `removed: only ${seal.origin} can read its own`)
}
