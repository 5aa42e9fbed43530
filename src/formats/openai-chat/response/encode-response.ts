import type { Extra, MediaPart, NativePart, ReasoningPart, ToolCallPart } from '../../../chat/part.ts'
import type { ResponsePart, ChatResponse, Choice } from '../../../chat/response.ts'
import { explanationOf } from '../../../chat/finish.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { encodeSeal } from '../../openai-shared/calls.ts'
import { encodeCitation } from '../content/citations.ts'
import { encodeFinish } from './finish.ts'
import { type Identity, identityOf } from './identity.ts'
import { encodeLogprobs } from '../../openai-shared/logprobs.ts'
import { encodeUrl } from '../../openai-shared/media.ts'
import { LABEL, NAME } from '../../openai-shared/name.ts'
import { legacyCall, legacyReason, usesLegacyFunctions } from '../../openai-shared/legacy-functions.ts'
import { encodeDetail } from '../../openai-shared/reasoning.ts'
import { isSearchResult } from '../content/search-results.ts'
import { encodeSpeech } from '../content/speech.ts'
import { encodeUsage } from '../../openai-shared/usage.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/**
 * Encodes a complete response with every key that OpenAI's schema requires. Reasoning is `reasoning_content`, and sealed
 * reasoning also `reasoning_details`; images are `images`, as in OpenRouter's responses.
 */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown {
  const isOwn = response.format === NAME
  const identity = identityOf(response, facts)
  if (!isOwn) noteDroppedExtra(response.extra, response.format, losses)
  const { id, created, model } = identity
  const context = { isOwn, format: response.format, identity, losses, usesLegacyFunctions: usesLegacyFunctions(facts) }
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: response.choices.map((choice, index) => encodeChoice(choice, index, context)),
    ...(response.usage && { usage: encodeUsage(response.usage, isOwn) }),
    ...(response.tier !== undefined && { service_tier: response.tier }),
    ...(isOwn && response.extra),
  }
}

/** Notes the fields of a response that exist only in its own format, `format`. */
export const noteDroppedExtra = (extra: Extra | undefined, format: string | undefined, losses: Losses): void =>
  noteResponseExtra(extra, format, 'removed: the field exists only in its own format', losses)

export interface ResponseContext {
  readonly isOwn: boolean
  /** The format that the response was decoded from. */
  readonly format: string | undefined
  readonly identity: Identity
  readonly losses: Losses
  /** The client's request has `functions`. */
  readonly usesLegacyFunctions: boolean
}

function encodeChoice({ parts, finish, logprobs, extra }: Choice, index: number, context: ResponseContext): JsonObject {
  if (!context.isOwn) noteDroppedExtra(extra, context.format, context.losses)
  const { message: more, ...rest } = (context.isOwn && extra) || {}
  const message = withExplanation(encodeMessage(parts, context), context.isOwn ? undefined : explanationOf(finish))
  const has = { toolCalls: parts.some(isCall), refusal: message['refusal'] !== null }
  const { finish_reason: reason, ...native } = encodeFinish(finish, has)
  return {
    index,
    message: { ...message, ...(more as object | undefined) },
    logprobs: encodeLogprobs(logprobs),
    finish_reason: context.usesLegacyFunctions ? legacyReason(reason) : reason,
    ...native,
    ...rest,
  }
}

/** Why the model declined is its refusal, unless it refused in words of its own. */
const withExplanation = (message: JsonObject, explanation: string | undefined): JsonObject =>
  explanation === undefined || message['refusal'] !== null ? message : { ...message, refusal: explanation }

function encodeMessage(parts: readonly ResponsePart[], context: ResponseContext): JsonObject {
  const of = <Type extends ResponsePart['type']>(type: Type) =>
    parts.filter((part): part is Extract<ResponsePart, { type: Type }> => part.type === type)
  const texts = of('text')
  const refusals = of('refusal')
  const reasoning = of('reasoning')
  const calls = parts.flatMap((part) => encodeCall(part, context.losses))
  const annotations = annotationsOf(parts, context)
  const seal = texts.findLast((part) => part.seal)?.seal
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.map(({ text }) => text).join('') : null,
    refusal: refusals.length > 0 ? refusals.map(({ text }) => text).join('') : null,
    ...encodeReasoning(reasoning),
    ...encodeCalls(calls, context),
    ...(annotations.length > 0 && { annotations }),
    ...encodeMedia(of('media'), context),
    ...encodeSeal(seal),
  }
}

const isCall = (part: ResponsePart): boolean =>
  part.type === 'tool-call' || (part.type === 'native' && isCustomCall(part))

function encodeCalls(calls: readonly object[], { usesLegacyFunctions, losses }: ResponseContext): JsonObject {
  if (calls.length === 0) return {}
  if (!usesLegacyFunctions) return { tool_calls: calls }
  return Object.assign({}, ...calls.map((call, index) => legacyCall({ ...call, index }, losses))) as JsonObject
}

function encodeReasoning(parts: readonly ReasoningPart[]): JsonObject {
  const text = parts.map((part) => part.text).join('')
  const details = parts.flatMap(encodeDetail)
  return {
    ...(text !== '' && { reasoning_content: text }),
    ...(details.length > 0 && { reasoning_details: details }),
  }
}

function annotationsOf(parts: readonly ResponsePart[], { isOwn, losses }: ResponseContext): object[] {
  const annotations: object[] = []
  let start = 0
  for (const part of parts) {
    if (part.type !== 'text') continue
    const end = start + part.text.length
    for (const citation of part.citations ?? []) {
      if (isOwn && isSearchResult(citation)) continue
      const annotation = encodeCitation(citation, { start, end }, losses)
      if (annotation) annotations.push(annotation)
    }
    start = end
  }
  return annotations
}

function encodeCall(part: ResponsePart, losses: Losses): object[] {
  if (part.type === 'native') return nativeCall(part, losses)
  return part.type === 'tool-call' ? [functionCall(part)] : []
}

const functionCall = ({ id, name, arguments: text, isFreeform, seal }: ToolCallPart): object => ({
  id,
  ...calledTool(name, text, isFreeform),
  ...encodeSeal(seal),
})

/** The fields of a call of a function, or of a custom tool, whose input is free text. */
export const calledTool = (name: string, text: string, isFreeform = false): object =>
  isFreeform
    ? { type: 'custom', custom: { name, input: text } }
    : { type: 'function', function: { name, arguments: text } }

const isCustomCall = ({ format, kind }: NativePart): boolean => format === NAME && kind === 'custom'

/** A call of a custom tool is among the calls. Parts of other formats, and Mistral's references, cannot be expressed. */
export function nativeCall(part: NativePart, losses: Losses): object[] {
  if (isCustomCall(part)) return [part.value as object]
  losses.note(part.kind, `removed: ${LABEL} responses have no such part`)
  return []
}

export function encodeMedia(media: readonly MediaPart[], { identity, losses }: ResponseContext): JsonObject {
  const images = media.filter(({ kind }) => kind === 'image')
  const speech = media.find(({ kind }) => kind === 'audio')
  for (const { kind } of media)
    if (kind !== 'image' && kind !== 'audio') losses.note(kind, `removed: ${LABEL} responses cannot contain ${kind}`)
  return {
    ...(images.length > 0 && { images: images.map(imageOf) }),
    ...(speech && { audio: encodeSpeech(speech, identity.id, identity.created) }),
  }
}

const imageOf = (image: MediaPart): object => ({
  type: 'image_url',
  image_url: { url: encodeUrl(image, 'images') },
  ...encodeSeal(image.seal),
})
