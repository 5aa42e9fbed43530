// Parts of a request, written as content blocks.
import type {
  MediaPart,
  Part,
  ReasoningPart,
  Seal,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../../chat/part.ts'
import { withExtra } from '../../translation/extras.ts'
import { requestToolInput } from '../../translation/tool-input.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from './cache.ts'
import { encodeOwnSource, encodeSource } from './media.ts'
import { ANTHROPIC } from '../../claude/name.ts'

export interface BlockContext {
  /** The request was read from the Anthropic format: extra fields and native blocks are sent unchanged. */
  readonly isOwn: boolean
  readonly losses: Losses
  /** Converts the id of a tool call to one that Anthropic accepts. */
  readonly callId: (id: string) => string
}

/** Writes one part; undefined: it is left out. Throws GatewayError for an unsupported part that changes the meaning. */
export function encodeBlock(part: Part, path: string, context: BlockContext): object | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, context)
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'media':
      return encodeMedia(part, path, context)
    case 'tool-call':
      return encodeCall(part, path, context)
    case 'tool-result':
      return encodeResult(part, path, context)
    case 'reasoning':
      return encodeReasoning(part, path, context)
    case 'native':
      if (part.format === ANTHROPIC) return part.value as object
      throw unsupported(path, `the Anthropic format has no equivalent of ${part.kind}`)
  }
}

const finish = (part: { extra?: object }, block: Record<string, unknown>, { isOwn }: BlockContext): object =>
  isOwn ? withExtra(block, part.extra as Record<string, unknown> | undefined) : block

function encodeText(part: TextPart, path: string, context: BlockContext): object {
  const own = part.citations?.filter(({ native }) => native.format === ANTHROPIC) ?? []
  if (own.length < (part.citations?.length ?? 0))
    context.losses.note(`${path}.citations`, 'removed: Anthropic accepts only citations of its own models')
  noteSeal(part.seal, path, context)
  return finish(
    part,
    {
      type: 'text',
      text: part.text,
      citations: own.length > 0 ? own.map(({ native }) => native.value) : undefined,
      cache_control: encodeCache(part.cache, path, context.losses),
    },
    context,
  )
}

function encodeMedia(part: MediaPart, path: string, context: BlockContext): object {
  const { kind, name, detail, cache } = part
  if (detail !== undefined && detail !== 'auto')
    context.losses.note(`${path}.detail`, 'removed: Anthropic has no detail setting for images')
  const source = context.isOwn ? encodeOwnSource(part) : encodeSource(part, path)
  const block = {
    type: kind === 'image' ? 'image' : 'document',
    source,
    title: kind === 'image' ? undefined : name,
    cache_control: encodeCache(cache, path, context.losses),
  }
  return finish(part, block, context)
}

function encodeCall(part: ToolCallPart, path: string, context: BlockContext): object {
  const { id, name, cache } = part
  noteSeal(part.seal, path, context)
  const block = {
    type: 'tool_use',
    id: context.callId(id),
    name,
    input: requestToolInput(part, path),
    cache_control: encodeCache(cache, path, context.losses),
  }
  return finish(part, block, context)
}

function encodeResult(part: ToolResultPart, path: string, context: BlockContext): object {
  const { callId, content, isPlain, isError, cache } = part
  const [only] = content
  const isText = only?.type === 'text' && content.length === 1 && !only.cache && !only.citations
  const block = {
    type: 'tool_result',
    tool_use_id: context.callId(callId),
    content: isText && (isPlain || !context.isOwn) ? only.text : encodeContent(part, path, context),
    is_error: context.isOwn ? isError : errorFlag(part, path, context),
    cache_control: encodeCache(cache, path, context.losses),
  }
  return finish(part, block, context)
}

/** Anthropic rejects a result that is an error and has other content than text. */
function errorFlag({ isError, content }: ToolResultPart, path: string, { losses }: BlockContext): true | undefined {
  if (!isError) return undefined
  if (content.every(({ type }) => type === 'text')) return true
  losses.note(`${path}.is_error`, 'removed: Anthropic accepts only text in the result of a failed call')
  return undefined
}

/** Writes a result's content without empty texts, which Anthropic rejects. Undefined: no content is left. */
function encodeContent({ content }: ToolResultPart, path: string, context: BlockContext): object[] | undefined {
  const blocks = content.flatMap((part, index) =>
    !context.isOwn && part.type === 'text' && part.text.trim() === ''
      ? []
      : (encodeBlock(part, `${path}.content[${index}]`, context) ?? []),
  )
  return blocks.length > 0 || context.isOwn ? blocks : undefined
}

/** Only reasoning signed by Claude is sent back to Claude, which rejects any other. */
function encodeReasoning(part: ReasoningPart, path: string, context: BlockContext): object | undefined {
  const { text, seal } = part
  if (seal?.origin !== ANTHROPIC) {
    const what = seal && seal.origin !== 'none' ? `reasoning signed by ${seal.origin}` : 'reasoning without a signature'
    context.losses.note(path, `removed: Claude does not accept ${what}`)
    return undefined
  }
  const block =
    seal.data === undefined
      ? { type: 'thinking', thinking: text, signature: seal.signature }
      : { type: 'redacted_thinking', data: seal.data }
  return finish(part, block, context)
}

function noteSeal(seal: Seal | undefined, path: string, { losses }: BlockContext): void {
  if (seal) losses.note(`${path}: signature`, `removed: only ${seal.origin} can read its signatures`)
}
