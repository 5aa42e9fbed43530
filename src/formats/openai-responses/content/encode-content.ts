import type { Part, RefusalPart, TextPart } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import type { Placed } from '../../translation/turns.ts'
import { moreOf } from './item-head.ts'
import { encodeMedia } from './media.ts'
import { LABEL, NAME } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** Encodes the content of an input message or tool result: a string if possible, otherwise a list of parts. */
export function encodeContent(
  parts: readonly Placed[],
  { isPlain: wasPlain = false }: Pick<Message, 'isPlain'>,
  context: EncodeContext,
): unknown {
  const [first, ...others] = parts
  const isText = context.isOwn ? wasPlain : others.length === 0 && isBare(first?.part)
  if (isText && others.length === 0) return first?.part.type === 'text' ? first.part.text : ''
  return parts.map(({ part, path }) => encodeInputPart(part, path, context))
}

const isBare = (part: Part | undefined): boolean =>
  part === undefined || (part.type === 'text' && part.cache === undefined)

/** Throws GatewayError `unsupported_parameter`, naming the part. */
function encodeInputPart(part: Part, path: string, context: EncodeContext): JsonObject {
  switch (part.type) {
    case 'text':
      return {
        type: (context.isOwn && moreOf(part)?.['type']) || 'input_text',
        text: part.text,
        ...encodeCache(part.cache, 'content', path, context),
        ...ownExtra(part.extra, context),
      }
    case 'refusal':
      return { type: 'input_text', text: part.text }
    case 'media':
      return {
        ...encodeMedia(part, path, context),
        ...encodeCache(part.cache, 'content', path, context),
        ...ownExtra(part.extra, context),
      }
    case 'native':
      if (part.format === NAME) return part.value as JsonObject
      throw unsupported(path, `${part.kind} exists only in ${part.format}; ${LABEL} has no equivalent`)
    default:
      throw unsupported(path, `${LABEL} does not support a ${part.type} part here`)
  }
}

/** Encodes a text or refusal that the model generated earlier. */
export function encodeOutputPart(part: TextPart | RefusalPart, path: string, context: EncodeContext): JsonObject {
  if (part.type === 'refusal') return { type: 'refusal', refusal: part.text, ...ownExtra(part.extra, context) }
  const own = part.citations?.flatMap(({ native }) => (native.format === NAME ? [native.value] : []))
  return {
    type: 'output_text',
    text: part.text,
    ...(context.isOwn && moreOf(part)),
    ...(own && own.length > 0 && { annotations: own }),
    ...encodeCache(part.cache, 'elsewhere', path, context),
    ...ownExtra(part.extra, context),
  }
}
