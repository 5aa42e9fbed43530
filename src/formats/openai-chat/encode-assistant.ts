import type { MediaPart, Part, ReasoningPart, ToolCallPart } from '../../chat/part.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { Placed } from '../translation/turns.ts'
import { encodeCache } from '../openai-shared/cache.ts'
import { encodeSeal } from '../openai-shared/calls.ts'
import { encodeContent, isRefusal, isText } from './encode-content.ts'
import { ownExtra, type Writing } from '../openai-shared/writing.ts'
import type { PlacedMessage } from './encode-messages.ts'
import { encodeUrl } from '../openai-shared/media.ts'
import { LABEL, NAME } from '../openai-shared/name.ts'
import { encodeDetails } from '../openai-shared/reasoning.ts'

type Wire = Record<string, unknown>

/** The fields of a message of the assistant: each kind of part has one of its own. */
export function encodeAssistant(parts: readonly Placed[], message: PlacedMessage, writing: Writing): Wire {
  const { path } = message
  const of = <Kind extends Part['type']>(type: Kind) =>
    parts.flatMap((placed) => (placed.part.type === type ? [placed as Placed<Extract<Part, { type: Kind }>>] : []))
  const calls = parts.filter(({ part }) => part.type === 'tool-call' || isCustomCall(part))
  const said = parts.filter(({ part }) => isText(part) || (part.type === 'native' && !isCustomCall(part)))
  const refusals = parts.filter(({ part }) => isRefusal(part))
  const content =
    said.length === 0 ? (calls.length > 0 || of('media').length > 0 ? null : '') : encodeContent(said, message, writing)
  return {
    content,
    ...(refusals.length > 0 && { refusal: refusals.map(({ part }) => (isRefusal(part) ? part.text : '')).join('') }),
    ...encodeReasoning(of('reasoning'), path, writing),
    ...encodeSaid(of('media'), writing),
    ...(calls.length > 0 && { tool_calls: calls.map(({ part, path }) => encodeCall(part, path, writing)) }),
    ...encodeTextSeal(said, path, writing),
  }
}

const isCustomCall = (part: Part): boolean => part.type === 'native' && part.format === NAME && part.kind === 'custom'

function encodeCall(part: Part, path: string, writing: Writing): Wire {
  if (part.type === 'native') return part.value as Wire
  const { id, name, arguments: text, cache, extra } = part as ToolCallPart
  return {
    id,
    type: 'function',
    function: { name, arguments: text },
    ...encodeCache(cache, 'elsewhere', path, writing),
    ...sealFor(part as ToolCallPart, path, writing),
    ...ownExtra(extra, writing),
  }
}

/** Google's seals go to Google's models, behind whichever door; nobody else gets them. */
function sealFor({ seal }: { seal?: ToolCallPart['seal'] }, path: string, { target, losses }: Writing): Wire {
  if (!seal || seal.origin === 'none') return {}
  if (seal.origin === 'gemini' && /gemini/i.test(target.baseModel)) return encodeSeal(seal)
  losses.note(`${path}.thought_signature`, 'removed: another family of models made it')
  return {}
}

function encodeTextSeal(said: readonly Placed[], path: string, writing: Writing): Wire {
  const signed = said.findLast(({ part }) => part.type === 'text' && part.seal !== undefined)
  return signed?.part.type === 'text' ? sealFor(signed.part, path, writing) : {}
}

/** What an assistant showed or spoke before: this language has a place for its own only. */
function encodeSaid(media: readonly Placed<MediaPart>[], { isOwn }: Writing): Wire {
  const said: Wire = {}
  for (const { part, path } of media) {
    if (part.kind === 'audio' && part.source.type === 'id') said['audio'] = { id: part.source.id }
    else if (part.kind === 'image' && isOwn)
      said['images'] = [
        ...((said['images'] as object[]) ?? []),
        { type: 'image_url', image_url: { url: encodeUrl(part, path) } },
      ]
    else throw unsupported(path, `${LABEL} takes no ${part.kind} back from an assistant`)
  }
  return said
}

/** Earlier reasoning, for servers that are known to want it. */
function encodeReasoning(parts: readonly Placed<ReasoningPart>[], path: string, { target, losses }: Writing): Wire {
  if (parts.length === 0) return {}
  const [takesText, takesDetails] = [
    target.capabilities.has('reasoning-content'),
    target.capabilities.has('reasoning-details'),
  ]
  const text = parts.map(({ part }) => part.text).join('')
  if (!takesText && !takesDetails) losses.note(`${path}.reasoning`, 'removed: the upstream takes no earlier reasoning')
  else if (!takesDetails && parts.some(({ part }) => part.seal && part.seal.origin !== 'none'))
    losses.note(`${path}.reasoning.signature`, 'removed: the upstream takes earlier reasoning as text only')
  // What nobody sealed is said in plain text, if that is taken.
  const details = encodeDetails(
    takesDetails ? parts.map(({ part }) => part) : [],
    ({ seal }) => !takesText || (seal !== undefined && seal.origin !== 'none'),
  )
  return {
    ...(takesText && text !== '' && { reasoning_content: text }),
    ...(details.length > 0 && { reasoning_details: details }),
  }
}
