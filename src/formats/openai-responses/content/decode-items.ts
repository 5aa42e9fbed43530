import type { NativePart, ReasoningPart, RefusalPart, TextPart, ToolCallPart } from '../../../chat/part.ts'
import type { TokenLogprob } from '../../../chat/response.ts'
import type { Fields } from '../../fields/fields.ts'
import { decodeCache } from '../../openai-shared/cache.ts'
import { decodeLogprobs } from '../../openai-shared/logprobs.ts'
import { withRequestPath } from '../../fields/request-paths.ts'
import { decodeCitations } from './citations.ts'
import { type ItemHead, moreOf, withHead } from './item-head.ts'
import { NAME } from '../name.ts'
import { decodeSeal } from './seals.ts'

/** The parts that an item of the model is decoded to. */
export type ItemPart = TextPart | RefusalPart | ReasoningPart | ToolCallPart | NativePart

/**
 * Decodes an item of the model: a message to its texts and refusals, reasoning to its summaries and texts, a function
 * call to a call. Items of hosted tools and unknown items are carried unchanged. `sealedBy`: the origin of its
 * `encrypted_content`.
 */
export function decodeItem(item: Fields, original: unknown, sealedBy: string): ItemPart[] {
  switch (kindOf(item)) {
    case 'message':
      return decodeMessage(item)
    case 'reasoning':
      return decodeReasoning(item, sealedBy)
    case 'function_call':
      return [decodeCall(item)]
    default:
      return [nativeItem(item, original)]
  }
}

/** The type of an item; messages may omit it. */
export const kindOf = (item: Fields): string =>
  item.string('type') ?? (item.peek('role') === undefined ? item.requiredString('type') : 'message')

export function nativeItem(item: Fields, original: unknown): NativePart {
  const native: NativePart = { type: 'native', format: NAME, kind: kindOf(item), value: original }
  return withRequestPath(withHead(native, { fields: {}, isItem: true }), item.path)
}

function decodeMessage(item: Fields): ItemPart[] {
  const content = item.any('content') ?? []
  item.any('role')
  const fields = { ...typeOf(item), ...item.rest() }
  if (typeof content === 'string')
    return [
      withRequestPath(withHead({ type: 'text', text: content }, { fields, isPlain: true }), `${item.path}.content`),
    ]
  const listed = item.list('content') ?? []
  const head: ItemHead = { fields }
  if (listed.length === 0) return [withHead({ type: 'text', text: '' }, { fields, isEmpty: true })]
  return (item.objects('content') ?? []).map((part, index) =>
    withRequestPath(decodeContentPart(part, listed[index], head), part.path),
  )
}

const typeOf = (item: Fields): object => (item.peek('type') === undefined ? {} : { type: item.peek('type') })

function decodeContentPart(part: Fields, original: unknown, head: ItemHead): ItemPart {
  const kind = part.requiredString('type')
  switch (kind) {
    case 'output_text':
    case 'input_text':
    case 'text': {
      const annotations = part.any('annotations')
      const citations = decodeCitations(annotations)
      const logprobs = part.any('logprobs')
      const text: TextPart = {
        type: 'text',
        text: part.requiredString('text'),
        ...(citations.length > 0 && { citations }),
        ...decodeCache(part),
        ...part.extra(),
      }
      return withHead(text, head, {
        type: kind,
        ...(Array.isArray(annotations) && annotations.length === 0 && { annotations }), // some servers demand the list
        ...(logprobs !== undefined && { logprobs }),
      })
    }
    case 'refusal':
      return withHead({ type: 'refusal', text: part.requiredString('refusal'), ...part.extra() }, head)
    default:
      return withHead({ type: 'native', format: NAME, kind, value: original }, head)
  }
}

/** Each summary and text is a part; the last part has the seal. */
function decodeReasoning(item: Fields, sealedBy: string): ReasoningPart[] {
  const seal = decodeSeal(item.string('encrypted_content'), sealedBy)
  const texts = [...textsOf(item, 'summary').map(asSummary), ...textsOf(item, 'content').map(asText)]
  const fields = { ...typeOf(item), ...item.rest() }
  const id = item.string('id')
  const named = id === undefined ? {} : { id }
  if (texts.length === 0) texts.push({ type: 'reasoning', text: '' })
  const head = { fields }
  return texts.map((part, index) =>
    withRequestPath(withHead({ ...part, ...named, ...(index === texts.length - 1 && seal) }, head), item.path),
  )
}

const asSummary = (text: string): ReasoningPart => ({ type: 'reasoning', text, isSummary: true })
const asText = (text: string): ReasoningPart => ({ type: 'reasoning', text })

const textsOf = (item: Fields, key: 'summary' | 'content'): string[] =>
  (item.objects(key) ?? []).map((part) => part.requiredString('text'))

/** Results refer to `call_id`; the id of the item is only kept for this format. */
function decodeCall(item: Fields): ToolCallPart {
  const text = item.string('arguments')
  const call = {
    type: 'tool-call',
    id: item.string('call_id') || (item.peek('id') ? item.requiredString('id') : item.requiredString('call_id')),
    name: item.requiredString('name'),
    arguments: text?.trim() ? text : '{}',
  } as const
  const [id, status] = [item.any('id'), item.any('status')]
  const fields = { ...typeOf(item), ...(id !== undefined && { id }), ...(status !== undefined && { status }) }
  return withRequestPath(withHead({ ...call, ...item.extra() }, { fields }), item.path)
}

/** The log probabilities of a text; in the canonical model they belong to the choice. */
export const logprobsOf = (part: ItemPart): readonly TokenLogprob[] =>
  decodeLogprobs({ content: moreOf(part)?.['logprobs'] }) ?? []
