import type { ChatEvent } from '../../../chat/event.ts'
import type { Extra } from '../../../chat/part.ts'
import type { ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import { defined } from '../../fields/defined.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { noteResponseExtra } from '../../translation/response-extras.ts'
import { originalOf } from '../../fields/originals.ts'
import { echoOf } from './echo.ts'
import { encodeAssistant } from '../request/encode-assistant.ts'
import { encodeFinish } from './finish.ts'
import { identityOf } from './identity.ts'
import { headOf } from '../content/item-head.ts'
import { LABEL, NAME } from '../name.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'
import { OutputWriter } from './output-writer.ts'
import { encodeUsage } from './usage.ts'

/**
 * Encodes a complete response with every field that clients' types require and the repeated request fields. Its items
 * are made by the stream writer, so that both are the same.
 */
export function encodeResponse(response: ChatResponse, facts: ResponseFacts, losses: Losses): unknown {
  const isOwn = response.format === NAME
  const { choices, usage, tier } = response
  const { id, created_at, model } = identityOf(response, facts)
  if (!isOwn) for (const extra of [response.extra, choices[0]?.extra]) noteDroppedExtra(extra, response.format, losses)
  if (choices.length > 1) noteChoices(losses)
  const [choice] = choices
  const writer = new OutputWriter({ facts, losses, isOwn }, () => {})
  for (const event of choice ? eventsOf({ ...response, choices: [choice] }) : []) writeEvent(event, writer)
  if (choice) writer.explain(choice.finish)
  const finish = encodeFinish(choice?.finish ?? { reason: 'other' }, writer.contents)
  writer.close(finish.status === 'completed' ? 'completed' : 'incomplete')
  return {
    id,
    object: 'response',
    created_at,
    ...((isOwn && ownStatus(response)) || finish),
    model,
    output: (isOwn && ownItems(response, facts, losses)) || writer.items,
    usage: usage ? encodeUsage(usage, isOwn) : null,
    ...(isOwn
      ? { ...defined({ service_tier: tier }), ...response.extra }
      : { ...echoOf(facts, tier), completed_at: finish.status === 'completed' ? created_at : null }),
  }
}

/** The original status of a response that was decoded from this format. */
function ownStatus(response: ChatResponse): object | undefined {
  const original = originalOf(response) as object | undefined
  return original && { error: null, ...defined(original) }
}

/** Notes the fields of a response that exist only in its own format, `format`. */
export const noteDroppedExtra = (extra: Extra | undefined, format: string | undefined, losses: Losses): void =>
  noteResponseExtra(extra, format, 'removed: the field exists only in its own format', losses)

export const noteChoices = (losses: Losses): void =>
  losses.note('choices', `removed: ${LABEL} returns only the first choice`)

/** Moves log probabilities into the text that they belong to. */
function eventsOf(response: ChatResponse): ChatEvent[] {
  const events = [...unfold(response)]
  const tokens = events.findIndex(({ type }) => type === 'logprobs')
  const text = events.findIndex((event) => event.type === 'part-start' && event.part.type === 'text')
  const end = events.findIndex((event, at) => event.type === 'part-end' && at > text)
  if (tokens !== -1 && text !== -1) events.splice(end, 0, ...events.splice(tokens, 1))
  return events
}

export function writeEvent(event: ChatEvent, writer: OutputWriter): void {
  if ('index' in event) writer.push(event)
  else if (event.type === 'logprobs') writer.addLogprobs(event.tokens)
}

const NO_TARGET = { model: '', baseModel: '', capabilities: new Set<never>() }

/** The original items of a response that was decoded from this format. */
function ownItems({ choices }: ChatResponse, { request }: ResponseFacts, losses: Losses): JsonObject[] | undefined {
  const parts = choices[0]?.parts ?? []
  if (!parts.every(headOf)) return undefined
  const placed = parts.map((part, index) => ({ part, path: `output[${index}]` }))
  return encodeAssistant(placed, { request, target: NO_TARGET, losses, isOwn: true, callId: (id) => id })
}
