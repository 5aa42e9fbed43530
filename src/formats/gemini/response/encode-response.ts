import type { Citation } from '../../../chat/part.ts'
import type { ChatResponse, Choice } from '../../../chat/response.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { ownExtra } from './response-extra.ts'
import { encodeGrounding, inText } from '../content/citations.ts'
import { encodeResponsePart, type WirePart } from './encode-response-part.ts'
import { encodeFinish, messageOf } from './finish.ts'
import { encodeLogprobs } from './logprobs.ts'
import { encodeTier } from '../tier.ts'
import { encodeUsage } from './usage.ts'

/**
 * Writes a response body of generateContent. Source: https://ai.google.dev/api/generate-content#generatecontentresponse
 */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): Record<string, unknown> {
  const { id, model, usage, tier, format } = response
  return {
    ...(!isBlocked(response) && {
      candidates: response.choices.map((choice, index) => encodeCandidate(choice, index, format, losses)),
    }),
    ...(usage && { usageMetadata: { ...tierOf(tier), ...encodeUsage(usage) } }),
    modelVersion: facts.model ?? model ?? facts.request.model ?? '',
    responseId: id ?? facts.id,
    ...ownExtra(response.extra, format, losses),
  }
}

/** A blocked prompt has no candidates. The reason is in `promptFeedback`, an extra field. */
export const isBlocked = ({ choices, extra }: Pick<ChatResponse, 'choices' | 'extra'>): boolean =>
  extra?.['promptFeedback'] !== undefined &&
  choices.every(({ parts, finish }) => parts.length === 0 && finish.reason === 'content-filter')

export function tierOf(tier: string | undefined): { serviceTier?: string } {
  const serviceTier = tier === undefined ? undefined : encodeTier(tier)
  return serviceTier === undefined ? {} : { serviceTier }
}

function encodeCandidate(choice: Choice, index: number, format: string, losses: Losses): Record<string, unknown> {
  const isCut = choice.finish.reason === 'length'
  const parts = choice.parts.map((part) => encodeResponsePart(part, losses, isCut)).filter((part) => part !== undefined)
  return {
    content: { parts, role: 'model' } satisfies { parts: WirePart[]; role: string },
    finishReason: encodeFinish(choice.finish),
    ...messageOf(choice.finish, format),
    index,
    ...(choice.logprobs && { logprobsResult: encodeLogprobs(choice.logprobs) }),
    ...groundingOf(choice, losses),
    ...ownExtra(choice.extra, format, losses),
  }
}

/** Citations of other formats, with their ranges in the joined text. */
function groundingOf({ parts }: Choice, losses: Losses): Record<string, unknown> {
  let text = ''
  const citations: Citation[] = []
  for (const part of parts) {
    if (part.type !== 'text') continue
    for (const citation of part.citations ?? [])
      citations.push(inText(citation, { start: text.length, length: part.text.length }))
    text += part.text
  }
  const groundingMetadata = encodeGrounding(citations, text, losses)
  return groundingMetadata ? { groundingMetadata } : {}
}
