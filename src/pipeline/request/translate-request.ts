import type { ChatRequest } from '../../chat/request.ts'
import { GatewayError } from '../../errors.ts'
import { encodeFor } from '../../formats/encode-for.ts'
import type { Target } from '../../formats/format.ts'
import { hasUnsignedCalls } from '../../formats/gemini/request/unsigned-calls.ts'
import { fitInstructions } from '../../formats/openai-shared/instructions.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { type Loss, Losses } from '../../formats/translation/losses.ts'
import { lossTexts } from '../../formats/translation/loss-texts.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { ProviderType } from '../../providers/provider.ts'
import type { Call } from '../call/call.ts'
import { parseBody } from '../call/parse-body.ts'
import type { Warnings } from '../call/warnings.ts'

/** A translated request as JSON, and the mapping that restores the client's tool names in the response. */
export interface TranslatedRequest {
  readonly body: Uint8Array<ArrayBuffer>
  readonly names: ToolNames
  readonly cutsAt: readonly string[]
}

/** The upstream of a translated request, and the list that takes its losses. */
export interface TranslationTarget {
  readonly type: ProviderType
  /** The upstream's name for the model. */
  readonly model: string
  readonly warnings: Warnings
}

/**
 * Translates the client's request to the upstream's format. A loss becomes a warning, or an error if translation is
 * strict. Throws GatewayError `invalid_request` or `unsupported_parameter`, naming the field.
 */
export function translateRequest(call: Call, to: Api, { type, model, warnings }: TranslationTarget): TranslatedRequest {
  const losses = new Losses()
  const target: Target = { model, baseModel: model, capabilities: type.capabilities, lacks: type.lacks }
  const { body, names, cutsAt } = encodeFor(requestOf(call), to, target, type.toolIds, losses)
  reportLosses(call, losses.list, warnings)
  return { body: jsonBytes(fitInstructions(body as JsonObject, to.format, type.lacks)), names, cutsAt }
}

export const jsonBytes = (body: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(JSON.stringify(body)))
/** The upstream is not asked to store a response that Sluice stores. */
function requestOf({ body, recorder }: Call): ChatRequest {
  if (!recorder) return body.canonical()
  const { store: _, ...request } = body.canonical()
  return request
}

const TOOL_RESULT = Buffer.from('"tool_call_id"')
const SEAL = Buffer.from('sluice.1.')
/** The same as Google's clients carry it, in base64. */
const SEAL_BASE64 = Buffer.from('c2x1aWNlLjEu')
const CALLS = ['"functionCall"', '"function_call"'].map((text) => Buffer.from(text))
const CLIENT_TOOLS = ['"custom', '"namespace"', '"tool_search', '"additional_tools"', '"agent_message"'].map((text) =>
  Buffer.from(text),
)

/**
 * Whether a request that already has the provider's format must still be decoded and encoded: it contains tool ids that
 * the provider may not accept, a seal that wraps data of another provider, which this one could not read, tools that it
 * lacks, or calls of another provider's model without the signatures that this model demands.
 */
export function needsRewrite({ body, arrival }: Call, { toolIds, lacks }: ProviderType, model: string): boolean {
  const { buffer, byteOffset, length } = body.bytes
  const bytes = Buffer.from(buffer, byteOffset, length)
  const api = arrival.api!
  if (toolIds !== undefined && bytes.includes(TOOL_RESULT)) return true
  if (api.carriesSeals && (bytes.includes(SEAL) || bytes.includes(SEAL_BASE64))) return true
  if (lacks.has('client-tools') && api.name === 'openai-responses' && CLIENT_TOOLS.some((text) => bytes.includes(text)))
    return true
  return (
    api.demandsSignatures?.(model) === true &&
    CALLS.some((call) => bytes.includes(call)) &&
    hasUnsignedCalls(parseBody(body.bytes))
  )
}

/** Adds the losses to the warnings. Throws GatewayError `unsupported_parameter` where translation is strict. */
export function reportLosses(call: Call, losses: readonly Loss[], warnings: Warnings): void {
  if (losses.length === 0) return
  const texts = lossTexts(losses)
  if (isStrict(call)) {
    const message = `The request cannot be translated without loss, and translation is strict: ${texts.join('; ')}.`
    throw new GatewayError('unsupported_parameter', message, { param: losses[0]!.field })
  }
  for (const text of texts) warnings.add(text)
}

const isStrict = ({ arrival: { client, snapshot }, choice }: Call): boolean =>
  client.headers.get('x-sluice-strict') === 'true' || snapshot.table.find(choice.model)?.model.isStrict === true
