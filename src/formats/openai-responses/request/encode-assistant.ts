import type { Part, ReasoningPart, ToolCallPart } from '../../../chat/part.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { encodeCache } from '../../openai-shared/cache.ts'
import { ownExtra } from '../../openai-shared/encode-context.ts'
import { hasPhases } from '../../openai-shared/models.ts'
import type { Placed } from '../../translation/turns.ts'
import { encodeOutputPart } from '../content/encode-content.ts'
import type { ItemContext } from './encode-input.ts'
import { areOfOneItem, headOf } from '../content/item-head.ts'
import { LABEL, NAME } from '../name.ts'
import { isResponsesSeal, sealOrigin } from '../content/seals.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

type Run = readonly [Placed, ...Placed[]]

/** Encodes an assistant turn as items; adjacent texts and refusals become one message. */
export function encodeAssistant(parts: readonly Placed[], context: ItemContext): JsonObject[] {
  const items = runsOf(parts).flatMap((run) => encodeRun(run, context))
  return context.isOwn || !hasPhases(context.target.baseModel) ? items : withPhases(items)
}

/** The phase of each message of another format, which has none: what comes before a call of the turn is commentary. */
function withPhases(items: readonly JsonObject[]): JsonObject[] {
  const lastCall = items.findLastIndex(({ type }) => type === 'function_call')
  return items.map((item, index) =>
    item['role'] === 'assistant' ? withPhase(item, index < lastCall ? 'commentary' : 'final_answer') : item,
  )
}

const withPhase = (item: JsonObject, phase: string): JsonObject => ({ ...item, phase })

function encodeRun(run: Run, context: ItemContext): JsonObject[] {
  const [{ part, path }] = run
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [encodeMessage(run, context)]
    case 'reasoning':
      return encodeReasoning(run as readonly Placed<ReasoningPart>[], path, context)
    case 'tool-call':
      return [encodeCall(part, path, context)]
    case 'native':
      if (part.format !== NAME)
        throw unsupported(path, `${part.kind} exists only in ${part.format}; ${LABEL} has no equivalent`)
      return [headOf(part)?.isItem ? (part.value as JsonObject) : encodeMessage(run, context)]
    default:
      throw unsupported(
        path,
        `${LABEL} does not support ${part.type === 'media' ? part.kind : part.type} parts in assistant messages`,
      )
  }
}

/** Groups the parts of one item; for other formats, the parts that this format has in one item. */
function runsOf(parts: readonly Placed[]): Run[] {
  const runs: [Placed, ...Placed[]][] = []
  for (const placed of parts) {
    const last = runs.at(-1)
    if (last && areInOneItem(last.at(-1)!.part, placed.part)) last.push(placed)
    else runs.push([placed])
  }
  return runs
}

const isTextOrRefusal = ({ type }: Part): boolean => type === 'text' || type === 'refusal'

function areInOneItem(one: Part, other: Part): boolean {
  if (headOf(one) || headOf(other)) return areOfOneItem(one, other)
  if (one.type === 'reasoning' && other.type === 'reasoning') return one.id !== undefined && one.id === other.id
  return isTextOrRefusal(one) && isTextOrRefusal(other)
}

/** Other servers than OpenAI's accept a string more reliably than a list. */
function encodeMessage(run: Run, context: ItemContext): JsonObject {
  const [{ part: first }] = run
  const head = context.isOwn ? headOf(first) : undefined
  const message = { ...head?.fields, role: 'assistant' }
  if (head?.isEmpty) return { ...message, content: [] }
  const isBare = head ? head.isPlain : run.length === 1 && first.type === 'text' && !first.cache
  if (isBare && first.type === 'text') return { ...message, content: first.text }
  return {
    ...message,
    content: run.map(({ part, path }) =>
      part.type === 'native'
        ? part.value
        : encodeOutputPart(part as Parameters<typeof encodeOutputPart>[0], path, context),
    ),
  }
}

/** Reasoning is returned only to the family of models that sealed it; unsealed reasoning only within this format. */
function encodeReasoning(run: readonly Placed<ReasoningPart>[], path: string, context: ItemContext): JsonObject[] {
  const { isOwn, losses, target } = context
  const parts = run.map(({ part }) => part)
  const head = isOwn ? headOf(parts[0]!) : undefined
  const seal = parts.findLast((part) => part.seal)?.seal
  const isReadable = seal && isResponsesSeal(seal) && (isOwn || seal.origin === sealOrigin(target.baseModel))
  if (!isReadable && (!isOwn || seal)) {
    losses.note(path, 'removed: sealed reasoning is returned only to the family of models that issued it')
    return []
  }
  const [summaries, texts] = [parts.filter(({ isSummary }) => isSummary), parts.filter(({ isSummary }) => !isSummary)]
  const content = texts.filter(({ text }) => text !== '').map(({ text }) => ({ type: 'reasoning_text', text }))
  const id = parts[0]!.id
  return [
    {
      type: 'reasoning',
      ...(head ? head.fields : id?.startsWith('rs_') && { id }),
      summary: summaries.map(({ text }) => ({ type: 'summary_text', text })),
      ...(isOwn && content.length > 0 && { content }),
      ...(seal && { encrypted_content: seal.data }),
    },
  ]
}

function encodeCall(part: ToolCallPart, path: string, context: ItemContext): JsonObject {
  const { id, name, arguments: text, cache, seal, extra } = part
  if (seal && seal.origin !== 'none')
    context.losses.note(`${path}.thought_signature`, 'removed: it was issued by another family of models')
  return {
    ...(context.isOwn && headOf(part)?.fields),
    type: 'function_call',
    call_id: context.callId(id),
    name,
    arguments: text,
    ...encodeCache(cache, 'elsewhere', path, context),
    ...ownExtra(extra, context),
  }
}
