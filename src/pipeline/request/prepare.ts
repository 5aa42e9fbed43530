import { type Envelope, readRequest } from '../../formats/envelope/read-request.ts'
import { readString } from '../../codecs/json/read.ts'
import { type Edit, splice } from '../../codecs/json/splice.ts'
import { setField } from '../../codecs/multipart/edit-form.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import { threadUnsupported } from '../../formats/translation/extras.ts'
import { upstreamPath, type Api, type ApiName, familyOf, type Operation } from '../../formats/apis/api.ts'
import { APIS } from '../../formats/apis/apis.ts'
import type { ProviderType } from '../../providers/provider.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { scratchBytes } from '../../upstream/scratch.ts'
import { bodyEdits } from './body-edits.ts'
import { directBody, type UpstreamBody } from './direct-body.ts'
import type { Call } from '../call/call.ts'
import type { Transcoder } from '../transcode/transcoder.ts'
import { chooseTranscoder } from '../transcode/choose-transcoder.ts'
import type { Warnings } from '../call/warnings.ts'
import { needsRewrite, translateRequest, type TranslationTarget } from './translate-request.ts'
import { knownInput } from './known-input.ts'
import { translateWhole } from './translate-whole.ts'
import { upstreamHeaders } from './upstream-headers.ts'
import { betaHeader, forwardedBetas, isVariant, mergeShapes, variantShape } from './variant.ts'

/** The request of one attempt, and the transcoder of its response. */
export interface Prepared {
  readonly url: string
  readonly headers: Record<string, string>
  /** The body for one connection, in memory that may be reused after this turn. */
  readonly body: () => Uint8Array<ArrayBuffer>
  /** The API of the request. */
  readonly api: Api
  readonly transcoder: Transcoder
  /** Whether only the gateway requested the usage event, so that it is hidden from the client. */
  readonly hidesUsage: boolean
}

/** What is sent upstream: the client's own request, or one for the rest of a broken stream. */
export interface AttemptInput {
  readonly body: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope
  /** The text that the wildcard in the model's name matched. */
  readonly matched: string | undefined
}

/**
 * Prepares the request of one attempt. If the provider offers the client's API, the client's bytes are sent with
 * `model` and the provider's other edits spliced in; otherwise the request is translated. Throws GatewayError
 * `unsupported_parameter` for a field that the provider does not support.
 */
export function prepare(call: Call, candidate: Candidate, given: AttemptInput, warnings: Warnings): Prepared {
  const { type, apiVersion } = candidate.provider
  const { matched } = given
  const model = matched === undefined ? candidate.upstreamModel : candidate.upstreamModel.replace('*', () => matched)
  const clientApi = call.arrival.api!
  const api = upstreamApi(type.apisFor?.(model) ?? type.apis, clientApi, () =>
    apiForTools(given, type, model, clientApi),
  )
  if (asksForThread(given, clientApi) && !(api === clientApi && type.capabilities.has('threads')))
    throw threadUnsupported()
  const input = knownInput(call, candidate, api, given)
  const isSibling = isVariant(api, clientApi)
  const isDirect = (api === clientApi || isSibling) && !(api.operation === 'chat' && needsRewrite(call, type, model))
  const {
    body,
    envelope,
    names,
    cutsAt = [],
  } = isDirect ? directBody(input, api, { type, model, warnings }) : translated(call, api, { type, model, warnings })
  const isStream = envelope.stream
  const hidesUsage = isStream && type.streamsUsage && api.usageOnRequest && !envelope.wantsUsage
  const betas = isSibling ? forwardedBetas(call, type, warnings) : []
  const own = type.bodies[api.name]
  const shape = isSibling ? mergeShapes(own, variantShape(api, clientApi, envelope, betas)) : own
  const sendsModel = api.path !== undefined && !shape?.removes.includes('model')
  const target = { model: sendsModel ? model : undefined, requestsUsage: hidesUsage, shape }
  const edits = envelope.form
    ? formEdits(envelope, model)
    : bodyEdits(call, { body, envelope }, candidate, target, warnings)
  const { baseUrl } = candidate.endpoint
  return {
    url: type.url(baseUrl, upstreamPath(api, model, isStream), model, { apiVersion, stream: isStream }),
    headers: { ...upstreamHeaders(call, candidate, api, envelope), ...betaHeader(api, betas) },
    body: edits.length === 0 ? () => body : () => splice(body, edits, scratchBytes),
    api,
    transcoder: chooseTranscoder(call, api, {
      hidesUsage,
      names,
      cutsAt,
      normalizesResponses: type.normalizes.includes(api.name),
      alwaysSendsUsage: api.usageOnRequest && !type.streamsUsage,
      warnings,
    }),
    hidesUsage,
  }
}

/** In a form, only the model's name is changed; all other fields and files are forwarded as they are. */
const formEdits = ({ form, model: requested }: Envelope, model: string): Edit[] =>
  requested === model ? [] : [setField(form!, 'model', model)]

/**
 * The API to send a request in: the preferred one if the provider offers it to clients of this API, otherwise the client's
 * own, otherwise one with the same bodies, otherwise the preferred one, otherwise the provider's first for the same
 * operation.
 */
function upstreamApi(apis: readonly ApiName[], api: Api, preferred: () => ApiName | undefined): Api {
  const name = api.operation === 'chat' ? preferred() : undefined
  if (name !== undefined && api.name === 'openai-chat') return APIS[name]
  if (apis.includes(api.name)) return api
  const offeredFor = (operation: Operation | undefined) =>
    apis.filter((name) => APIS[name].operation === operation).map((name) => APIS[name])
  const same = offeredFor(api.operation)
  const offered = same.length > 0 ? same : offeredFor(api.translatesTo)
  const sibling = offered.find((each) => familyOf(each) === familyOf(api))
  if (sibling) return sibling
  return name === undefined ? offered[0]! : APIS[name]
}

const asksForThread = ({ envelope: { members } }: AttemptInput, api: Api): boolean =>
  familyOf(api) === 'anthropic' && members.some(({ key, type }) => key === 'thread' && type !== 'null')

function apiForTools(
  { envelope, body }: AttemptInput,
  type: ProviderType,
  model: string,
  { name, toolsIn = 'tools' }: Api,
): ApiName | undefined {
  if (!type.apiForTools) return undefined
  const hasTools = envelope.members.some(({ key, empty, type: kind }) => key === toolsIn && !empty && kind !== 'null')
  if (!hasTools) return undefined
  const effort = envelope.members.find(({ key, type: kind }) => key === 'reasoning_effort' && kind === 'string')
  return type.apiForTools(model, name === 'openai-chat' ? { effort: effort && readString(body, effort) } : undefined)
}

function translated(call: Call, api: Api, to: TranslationTarget): UpstreamBody {
  const whole = wholeFormat(api.name)
  const sent = whole ? translateWhole(call, whole, to) : translateRequest(call, api, to)
  return { ...sent, envelope: readRequest(sent.body, api, call.body.envelope.stream) }
}
