import type { FinishReason } from '../../chat/finish.ts'
import type { ResponsePart } from '../../chat/response.ts'
import type { ChatResponse } from '../../chat/response.ts'
import type { ResponseFacts } from '../format.ts'
import { encodeUsage } from '../openai-shared/usage.ts'
import type { Losses } from '../translation/losses.ts'

/** The fields that every object of one response repeats. */
export interface Head {
  readonly id: string
  readonly object: 'text_completion'
  readonly created: number
  readonly model: string
}

/** `answer`: the response or the start of its stream. */
export const headOf = (
  { created, model }: { readonly created?: number; readonly model?: string },
  facts: ResponseFacts,
): Head => ({
  id: `cmpl-${facts.id}`,
  object: 'text_completion',
  created: created ?? facts.created,
  model: facts.model ?? model ?? facts.request.model ?? '',
})

export const choiceOf = (index: number, text: string, reason: string | null): object => ({
  text,
  index,
  logprobs: null,
  finish_reason: reason,
})

/** Encodes the text of a response. Source: https://platform.openai.com/docs/api-reference/completions/object */
export const encodeResponse = (response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown => ({
  ...headOf(response, facts),
  choices: response.choices.map(({ parts, finish }, index) =>
    choiceOf(index, textOf(parts, losses), encodeReason(finish.reason)),
  ),
  ...(response.usage && { usage: encodeUsage(response.usage, false) }),
})

function textOf(parts: readonly ResponsePart[], losses: Losses): string {
  let text = ''
  for (const part of parts)
    if (part.type === 'text' || part.type === 'refusal') text += part.text
    else noteLeftOut(part.type, losses)
  return text
}

export const noteLeftOut = (kind: string, losses: Losses): void =>
  losses.note('choices', `removed: completions have text only, not ${kind}`)

const REASONS: Readonly<Partial<Record<FinishReason, string>>> = {
  length: 'length',
  'context-full': 'length',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
}

export const encodeReason = (reason: FinishReason): string => REASONS[reason] ?? 'stop'
