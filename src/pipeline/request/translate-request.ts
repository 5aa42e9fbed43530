import type { ChatRequest } from '../../chat/request.ts'
import { GatewayError } from '../../errors.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { encodeFor } from '../../formats/encode-for.ts'
import type { Target } from '../../formats/format.ts'
import { type Loss, Losses } from '../../formats/translation/losses.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { ProviderType } from '../../providers/provider.ts'
import { GATEWAY_FIELDS } from './body-edits.ts'
import type { Call } from '../call/call.ts'
import { parseBody } from '../call/parse-body.ts'

/** A request in the words of another language, as JSON, and the way back for the names in its answer. */
export interface TranslatedRequest {
  readonly body: Uint8Array<ArrayBuffer>
  readonly names: ToolNames
}

/**
 * The client's request in the words of a provider. What cannot be said there is noted, and refused where the caller
 * wants it exact. Throws GatewayError `invalid_request` or `unsupported_parameter`, naming the field.
 */
export function translateRequest(call: Call, to: Api, type: ProviderType, model: string): TranslatedRequest {
  const losses = new Losses()
  const target: Target = { model, baseModel: model, capabilities: type.capabilities }
  const { body, names } = encodeFor(canonicalRequest(call), to, target, type.toolIds, losses)
  warn(call, losses.list)
  return { body: new Uint8Array(Buffer.from(JSON.stringify(body))), names }
}

/** The client's request as every language is read into; read once, however many upstreams are asked. */
export function canonicalRequest(call: Call): ChatRequest {
  call.chat ??= chatFormat(call.api!.format)!.decodeRequest(withoutGatewayFields(call.body), {
    model: call.pathModel,
    stream: call.pathStream,
  })
  return call.chat
}

/** The body without the fields that are for us. */
export function withoutGatewayFields(body: Uint8Array): unknown {
  const fields = parseBody(body) as Record<string, unknown>
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !GATEWAY_FIELDS.has(key)))
}

const TOOL_RESULT = Buffer.from('"tool_call_id"')
const SEAL = Buffer.from('sluice.1.')

/**
 * Whether a request in the provider's own language has to be put into it all the same: it carries ids that the provider
 * may not take, or what another provider sealed and we wrapped, which this one could not read.
 */
export function needsRewrite({ body, api }: Call, { toolIds }: ProviderType): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  return (toolIds !== undefined && bytes.includes(TOOL_RESULT)) || (api!.carriesSeals && bytes.includes(SEAL))
}

/** Tells the caller what went without. Throws where nothing may. */
export function warn(call: Call, losses: readonly Loss[]): void {
  if (losses.length === 0) return
  const warnings = losses.map(({ field, what }) => `${field}: ${what}`)
  if (isStrict(call)) {
    const message = `Not everything can be said to this model: ${warnings.join('; ')}.`
    throw new GatewayError('unsupported_parameter', message, { param: losses[0]!.field })
  }
  for (const warning of warnings) call.warn(warning)
}

const isStrict = ({ request, snapshot, model }: Call): boolean =>
  request.headers.get('x-sluice-strict') === 'true' || snapshot.table.find(model!)?.model.isStrict === true
