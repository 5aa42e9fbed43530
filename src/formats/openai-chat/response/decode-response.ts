import type { Extra, MediaPart } from '../../../chat/part.ts'
import type { ResponsePart, ChatResponse, Choice } from '../../../chat/response.ts'
import type { UpstreamError } from '../../../chat/upstream-error.ts'
import { type ErrorCode, GatewayError } from '../../../errors.ts'
import { defined } from '../../fields/defined.ts'
import { answerFields, type Fields, isRecord } from '../../fields/fields.ts'
import { decodeCall, decodeSeal, generatedCallId, argumentText } from '../../openai-shared/calls.ts'
import { decodeCitations } from '../content/citations.ts'
import { upstreamErrorOf } from '../../openai-shared/decode-error.ts'
import { decodeContent } from '../../openai-shared/decode-content.ts'
import { decodeImages, withSeal } from '../../openai-shared/decode-messages.ts'
import { failedFinish } from '../../openai-shared/failed-finish.ts'
import { decodeFinish } from './finish.ts'
import { decodeLogprobs } from '../../openai-shared/logprobs.ts'
import { NAME } from '../../openai-shared/name.ts'
import { filled } from '../../fields/values.ts'
import { decodeReasoning } from '../../openai-shared/reasoning.ts'
import { citationsIn, type Source, sourcesOf } from '../content/search-results.ts'
import { decodeSpeech } from '../content/speech.ts'
import { decodeUsage } from '../../openai-shared/usage.ts'

/**
 * Decodes a complete response of any server of this format. Throws GatewayError `upstream_malformed` if it is invalid,
 * and `upstream_failed` for an error with a success status.
 */
export function decodeResponse(body: unknown): ChatResponse {
  const fields = answerFields(body)
  const whole = body as Readonly<Record<string, unknown>>
  fields.any('object')
  const id = filled(fields.any('id'))
  const created = fields.any('created')
  const listed = fields.any('choices')
  if (whole['error'] || (!Array.isArray(listed) && upstreamErrorOf(whole)))
    throw failed(upstreamErrorOf(whole)?.message)
  const sources = sourcesOf(whole)
  const choices = (fields.objects('choices') ?? []).map((choice, index) => decodeChoice(choice, index, id, sources))
  if (choices.length === 0) throw fields.wrong('choices', 'is empty')
  return {
    format: NAME,
    ...defined({
      id,
      model: filled(fields.any('model')),
      created: typeof created === 'number' && created > 0 ? created : undefined,
      tier: filled(fields.any('service_tier')),
      usage: decodeUsage(fields.any('usage')),
    }),
    choices: choices.toSorted((a, b) => a.index - b.index).map(({ choice }) => choice),
    ...fields.extra(),
  }
}

const codeOf = ({ kind }: UpstreamError): ErrorCode =>
  kind === 'overloaded' ? 'upstream_overloaded' : 'upstream_failed'

const failed = (message = 'The upstream gave no message.') => new GatewayError('upstream_failed', message)

const FINISH_FIELDS = ['finish_reason', 'native_finish_reason', 'stop_reason', 'matched_stop'] as const

function decodeChoice(
  fields: Fields,
  at: number,
  id: string | undefined,
  sources: readonly Source[],
): { index: number; choice: Choice } {
  const index = fields.number('index') ?? at
  // Azure's filters omit it if they stop a response before it began.
  const message = fields.object('message') ?? fields.at({}, 'message')
  // Perplexity repeats the beginning of a stream beside the complete message.
  fields.any('delta')
  const [reason, native_finish_reason, stop_reason, matched_stop] = FINISH_FIELDS.map((key) => fields.any(key))
  if (!fields.any('message') && !filled(reason)) throw fields.wrong('message', 'is missing')
  const failure = failedFinish(reason)
  if (failure) throw new GatewayError(codeOf(failure), failure.message, { sparesEndpoint: true })
  const parts = withSources(decodeMessage(message, fields.record('message') ?? {}, index, id), sources)
  const tokens = decodeLogprobs(fields.any('logprobs'))
  const hasCalls = parts.some(({ type }) => type === 'tool-call')
  const finish = decodeFinish({ finish_reason: reason, native_finish_reason, stop_reason, matched_stop }, hasCalls)
  const extra = { ...fields.rest(), ...defined({ message: restOf(message) }) }
  return {
    index,
    choice: { parts, finish, ...defined({ logprobs: tokens }), ...(Object.keys(extra).length > 0 && { extra }) },
  }
}

/** The pages of a search as citations of the text, unless it has its own. */
function withSources(parts: ResponsePart[], sources: readonly Source[]): ResponsePart[] {
  const at = sources.length === 0 ? -1 : parts.findIndex(({ type }) => type === 'text')
  const text = parts[at]
  if (text?.type !== 'text' || text.citations) return parts
  return parts.with(at, { ...text, citations: citationsIn(text.text, sources) })
}

/** Empty lists are dropped. */
function restOf(message: Fields): Extra | undefined {
  const rest = Object.entries(message.rest() ?? {}).filter(([, value]) => !Array.isArray(value) || value.length > 0)
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}

function decodeMessage(
  message: Fields,
  whole: Readonly<Record<string, unknown>>,
  choice: number,
  id: string | undefined,
): ResponsePart[] {
  for (const key of ['role', 'reasoning', 'reasoning_content', 'reasoning_details']) message.any(key)
  const content = decodeContent(message).filter((part) => part.type !== 'text' || part.text !== '')
  const citations = decodeCitations(message.any('annotations'))
  const refusal = filled(message.any('refusal'))
  const speech = decodeSpeech(message.any('audio'))
  const { seal } = decodeSeal(message)
  const withSeals = (seal ? withSeal<ResponsePart>(content, seal) : content) as ResponsePart[]
  return [
    ...decodeReasoning(whole),
    ...(citations.length > 0 ? cited(withSeals, citations) : withSeals),
    ...(refusal === undefined ? [] : [{ type: 'refusal', text: refusal } as const]),
    ...(decodeImages(message) satisfies MediaPart[]),
    ...(speech ? [speech] : []),
    ...decodeCalls(message, choice, id),
  ]
}

/** Citations refer to the joined text. Their part cannot be determined, so the first text gets them. */
function cited(parts: readonly ResponsePart[], citations: ReturnType<typeof decodeCitations>): ResponsePart[] {
  const at = parts.findIndex(({ type }) => type === 'text')
  if (at === -1) return [{ type: 'text', text: '', citations }, ...parts]
  return parts.with(at, { ...parts[at]!, citations } as ResponsePart)
}

function decodeCalls(message: Fields, choice: number, id: string | undefined): ResponsePart[] {
  const listed = message.list('tool_calls') ?? []
  const calls: ResponsePart[] = (message.objects('tool_calls') ?? []).map((call, index) =>
    decodeCall(call, listed[index], generatedCallId(id, choice, index)),
  )
  const legacy = message.any('function_call')
  const name = isRecord(legacy) ? filled(legacy['name']) : undefined
  if (name === undefined) return calls
  const text = argumentText((legacy as Record<string, unknown>)['arguments'])
  return [...calls, { type: 'tool-call', id: generatedCallId(id, choice, calls.length), name, arguments: text }]
}
