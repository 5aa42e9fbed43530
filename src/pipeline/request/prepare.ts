import { type Envelope, readRequest } from '../../formats/envelope/read-request.ts'
import { type Edit, splice } from '../../codecs/json/splice.ts'
import { setField } from '../../codecs/multipart/edit-form.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import { upstreamPath, type Wire, type WireName, WIRES } from '../../formats/apis/apis.ts'
import type { ProviderType } from '../../providers/provider.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { scratchBytes } from '../../upstream/scratch.ts'
import { bodyEdits } from './body-edits.ts'
import type { Call } from '../call/call.ts'
import { parseBody } from '../call/parse-body.ts'
import type { Passage } from '../transcode/transcoder.ts'
import { passageFor } from '../transcode/choose-transcoder.ts'
import { isForeign, translateRequest } from './translate-request.ts'
import { translateWhole } from './translate-whole.ts'
import { upstreamHeaders } from './upstream-headers.ts'

/** One attempt as it goes out, and how its answer comes back. */
export interface Prepared {
  readonly url: string
  readonly headers: Record<string, string>
  /** To be sent in this turn: it may stand in memory that the next call uses again. */
  readonly body: Uint8Array<ArrayBuffer>
  readonly passage: Passage
  /** We asked for the usage event ourselves: the client must not see it. */
  readonly hidesUsage: boolean
}

/** What is asked of the upstream: the client's own request, or one for the rest of an answer. */
export interface Asked {
  readonly body: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope
  /** What the wildcard of the model's name matched. */
  readonly matched: string | undefined
}

/**
 * The client's bytes with `model` spliced in where the provider speaks the client's language, else the request in the
 * provider's; and what this provider needs otherwise. Throws GatewayError `unsupported_parameter` for a field that it
 * cannot honour.
 */
export function prepare(call: Call, candidate: Candidate, asked: Asked): Prepared {
  call.warnings = undefined // those of an attempt that failed are not about this one
  const { type, apiVersion } = candidate.provider
  const { matched } = asked
  const model = matched === undefined ? candidate.upstreamModel : candidate.upstreamModel.replace('*', () => matched)
  const wire = wireTo(type.speaksFor?.(model) ?? type.speaks, call.wire!)
  const isDirect = wire === call.wire && !(wire.operation === 'chat' && isForeign(call, type))
  const { body, envelope, names } = isDirect ? direct(asked, wire, model) : inTheirWords(call, wire, type, model)
  call.askedIn = wire
  const isStream = envelope.stream
  const hidesUsage = isStream && type.streamsUsage && wire.tellsUsageWhenAsked && !envelope.wantsUsage
  const shape = type.bodies[wire.name]
  const saysModel = wire.path !== undefined && !shape?.removes.includes('model')
  const wanted = { model: saysModel ? model : undefined, asksUsage: hidesUsage, shape }
  const edits = envelope.form ? formEdits(envelope, model) : bodyEdits(call, { body, envelope }, candidate, wanted)
  const { baseUrl } = candidate.endpoint
  return {
    url: type.url(baseUrl, upstreamPath(wire, model, isStream), model, { apiVersion, stream: isStream }),
    headers: upstreamHeaders(call, candidate, wire, envelope),
    body: edits.length === 0 ? body : splice(body, edits, scratchBytes),
    passage: passageFor(call, wire, { hidesUsage, names, isLoose: type.isLoose }),
    hidesUsage,
  }
}

interface Said {
  readonly body: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope
  /** Undefined where the client's own bytes are sent. */
  readonly names: ToolNames | undefined
}

/** The client's own bytes; where a request names its model inside too, that is said as the upstream calls it. */
function direct({ body, envelope }: Asked, wire: Wire, model: string): Said {
  const withModel = wholeFormat(wire.name)?.withModel
  if (!withModel) return { body, envelope, names: undefined }
  const renamed = new Uint8Array(Buffer.from(JSON.stringify(withModel(parseBody(body), model))))
  return { body: renamed, envelope: readRequest(renamed, wire), names: undefined }
}

/** Of a form only the model's name changes: its other fields are the upstream's to judge, and its files nobody's. */
const formEdits = ({ form, model: asked }: Envelope, model: string): Edit[] =>
  asked === model ? [] : [setField(form!, 'model', model)]

/** The language to ask a provider in: the client's own if it can be, else the first of its own for the same operation. */
function wireTo(speaks: readonly WireName[], wire: Wire): Wire {
  if (speaks.includes(wire.name)) return wire
  return WIRES[speaks.find((name) => WIRES[name].operation === wire.operation)!]
}

function inTheirWords(call: Call, wire: Wire, type: ProviderType, model: string): Said {
  const whole = wholeFormat(wire.name)
  const { body, names } = whole ? translateWhole(call, whole, type, model) : translateRequest(call, wire, type, model)
  return { body, envelope: readRequest(body, wire, call.envelope!.stream), names }
}
