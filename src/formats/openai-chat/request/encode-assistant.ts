import type { MediaPart, Part, ReasoningPart, ToolCallPart } from '../../../chat/part.ts'
import { unsupported } from '../../fields/unsupported.ts'
import type { Placed } from '../../translation/turns.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { encodeSeal } from '../../openai-shared/calls.ts'
import { encodeContent, isRefusal, isText } from '../content/encode-content.ts'
import { ownExtra, type EncodeContext } from '../../openai-shared/encode-context.ts'
import type { PlacedMessage } from './encode-messages.ts'
import { encodeUrl } from '../../openai-shared/media.ts'
import { LABEL, NAME } from '../../openai-shared/name.ts'
import { encodeDetails } from '../../openai-shared/reasoning.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** The fields of an assistant message: each kind of part has its own field. */
export function encodeAssistant(parts: readonly Placed[], message: PlacedMessage, context: EncodeContext): JsonObject {
  const { path } = message
  const of = <Kind extends Part['type']>(type: Kind) =>
    parts.flatMap((placed) => (placed.part.type === type ? [placed as Placed<Extract<Part, { type: Kind }>>] : []))
  const calls = parts.filter(({ part }) => part.type === 'tool-call' || isCustomCall(part))
  const textual = parts.filter(({ part }) => isText(part) || (part.type === 'native' && !isCustomCall(part)))
  const refusals = parts.filter(({ part }) => isRefusal(part))
  const content =
    textual.length === 0
      ? calls.length > 0 || of('media').length > 0
        ? null
        : ''
      : encodeContent(textual, message, context)
  return {
    content,
    ...(refusals.length > 0 && { refusal: refusals.map(({ part }) => (isRefusal(part) ? part.text : '')).join('') }),
    ...encodeReasoning(of('reasoning'), path, context),
    ...encodeMedia(of('media'), context),
    ...(calls.length > 0 && { tool_calls: calls.map(({ part, path }) => encodeCall(part, path, context)) }),
    ...encodeTextSeal(textual, path, context),
  }
}

const isCustomCall = (part: Part): boolean => part.type === 'native' && part.format === NAME && part.kind === 'custom'

function encodeCall(part: Part, path: string, context: EncodeContext): JsonObject {
  if (part.type === 'native') return part.value as JsonObject
  const { id, name, arguments: text, cache, extra } = part as ToolCallPart
  return {
    id,
    type: 'function',
    function: { name, arguments: text },
    ...encodeCache(cache, 'elsewhere', path, context),
    ...sealFor(part as ToolCallPart, path, context),
    ...ownExtra(extra, context),
  }
}

/** Google's seals are sent to Google's models only, through any API. */
function sealFor(
  { seal }: { seal?: ToolCallPart['seal'] },
  path: string,
  { target, losses }: EncodeContext,
): JsonObject {
  if (!seal || seal.origin === 'none') return {}
  if (seal.origin === 'gemini' && /gemini/i.test(target.baseModel)) return encodeSeal(seal)
  losses.note(`${path}.thought_signature`, 'removed: it was issued by another family of models')
  return {}
}

function encodeTextSeal(textual: readonly Placed[], path: string, context: EncodeContext): JsonObject {
  const signed = textual.findLast(({ part }) => part.type === 'text' && part.seal !== undefined)
  return signed?.part.type === 'text' ? sealFor(signed.part, path, context) : {}
}

/** Media that the assistant generated earlier. This format accepts only its own. */
function encodeMedia(media: readonly Placed<MediaPart>[], { isOwn }: EncodeContext): JsonObject {
  const fields: Record<string, unknown> = {}
  for (const { part, path } of media) {
    if (part.kind === 'audio' && part.source.type === 'id') fields['audio'] = { id: part.source.id }
    else if (part.kind === 'image' && isOwn)
      fields['images'] = [
        ...((fields['images'] as object[]) ?? []),
        { type: 'image_url', image_url: { url: encodeUrl(part, path) } },
      ]
    else throw unsupported(path, `${LABEL} does not support ${part.kind} parts in assistant messages`)
  }
  return fields
}

/** The field for the text of earlier reasoning, by what a server accepts. */
const TEXT_FIELDS = [
  ['reasoning-content', 'reasoning_content'],
  ['reasoning', 'reasoning'],
] as const

/** Earlier reasoning, for servers that are known to accept it. */
function encodeReasoning(
  parts: readonly Placed<ReasoningPart>[],
  path: string,
  { target: { capabilities }, losses, isOwn }: EncodeContext,
): JsonObject {
  if (parts.length === 0) return {}
  const field = TEXT_FIELDS.find(([capability]) => capabilities.has(capability))?.[1]
  const takesText = field !== undefined
  const takesDetails = capabilities.has('reasoning-details')
  const text = parts.map(({ part }) => part.text).join('')
  if (!takesText && !takesDetails)
    losses.note(`${path}.reasoning`, 'removed: the upstream does not accept earlier reasoning')
  else if (!takesDetails && parts.some(({ part }) => part.seal && part.seal.origin !== 'none'))
    losses.note(`${path}.reasoning.signature`, 'removed: the upstream accepts earlier reasoning as text only')
  // Reasoning without a seal is sent as plain text if the server accepts it.
  const details = encodeDetails(
    takesDetails ? parts.map(({ part }) => part) : [],
    isOwn,
    ({ seal }) => !takesText || (seal !== undefined && seal.origin !== 'none'),
  )
  return {
    ...(takesText && text !== '' && { [field]: text }),
    ...(details.length > 0 && { reasoning_details: details }),
  }
}
