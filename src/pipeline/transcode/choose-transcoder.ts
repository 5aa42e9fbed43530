import { cutAtStop } from '../../chat/cut-at-stop.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { chatFormat, clientFormat } from '../../formats/chat-formats.ts'
import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { uniqueCallIds } from '../../formats/history/unique-call-ids.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { restoreTools } from '../../formats/translation/restore-tools.ts'
import { type ToolNames, NO_RENAMES } from '../../formats/translation/tool-names.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import { type Api, familyOf } from '../../formats/apis/api.ts'
import type { Call } from '../call/call.ts'
import type { Warnings } from '../call/warnings.ts'
import { openaiTranscoder, openaiWhole } from './openai.ts'
import { mediaTranscoder } from './media.ts'
import type { Transcoder } from './transcoder.ts'
import { sameFormat } from './same-format.ts'
import { translated } from './translated.ts'
import { wholeTranscoder } from './whole.ts'

/** Facts about the request that was sent upstream. */
export interface Sent {
  /** Whether only the gateway requested the usage event. */
  readonly hidesUsage: boolean
  /** Restores the client's tool names; undefined if the client's own bytes were sent. */
  readonly names: ToolNames | undefined
  /** Sequences at which the response must be cut, since the upstream does not stop there. */
  readonly cutsAt: readonly string[]
  /** Whether the upstream deviates from its format, so that its responses are decoded and encoded again. */
  readonly normalizesResponses: boolean
  /** Whether the upstream sends usage in streams without request. */
  readonly alwaysSendsUsage: boolean
  /** Takes the losses of the response. */
  readonly warnings: Warnings
}

/**
 * The transcoder from the format of `api` to that of this call's client. Bytes are forwarded unchanged unless something
 * needs the canonical events; then they are decoded, decorated and encoded.
 */
export function chooseTranscoder(call: Call, api: Api, sent: Sent): Transcoder {
  if (api.media) return mediaTranscoder(api)
  const whole = wholeFormat(api.name)
  if (whole) return wholeTranscoder(call, api, whole)
  const from = chatFormat(api.name)
  if (from && needsEvents(call, api, sent)) return translatedFor(call, api, from, sent)
  return !from || from.name === 'openai-chat'
    ? openaiTranscoder(call, sent.hidesUsage)
    : sameFormat([api, call.arrival.api!], [from, chatFormat(call.arrival.api!.name)!], () =>
        responseFacts(call, undecoded(call)),
      )
}

/** For a request about a stored response: bytes are forwarded unchanged, whole or as the events of a response. */
export const streamOf = (call: Call, api: Api, format: ChatFormat): Transcoder => ({
  ...sameFormat([api, api], [format, format], () => responseFacts(call, NO_REQUEST)),
  whole: openaiWhole,
})

const NO_REQUEST: ChatRequest = {
  format: '',
  model: undefined,
  messages: [],
  tools: [],
  sampling: {},
  stop: [],
  stream: true,
  wantsUsage: false,
}

/**
 * Whether the response must be decoded to canonical events: another format, renamed tools, a deviating server,
 * decorators.
 */
const needsEvents = ({ arrival, decorators }: Call, api: Api, { names, normalizesResponses }: Sent): boolean =>
  familyOf(api) !== familyOf(arrival.api!) ||
  normalizesResponses ||
  (names !== undefined && names !== NO_RENAMES) ||
  decorators.length > 0

function translatedFor(
  call: Call,
  api: Api,
  from: ChatFormat,
  { names, cutsAt, warnings, alwaysSendsUsage }: Sent,
): Transcoder {
  const clientApi = call.arrival.api!
  const losses = new Losses((loss) => warnings.add(`${loss.field}: ${loss.what}`))
  const request = familyOf(api) === familyOf(clientApi) && names === undefined ? undecoded(call) : call.body.canonical()
  return translated({
    apis: [api, clientApi],
    from,
    to: clientFormat(clientApi.name)!,
    facts: { ...responseFacts(call, request), usageWithFinish: alwaysSendsUsage && api === clientApi },
    losses,
    decorators: [
      () => uniqueCallIds(request),
      ...(names && names !== NO_RENAMES ? [() => restoreTools(names)] : []),
      ...(cutsAt.length > 0 ? [() => cutAtStop(cutsAt)] : []),
      ...call.decorators,
    ],
  })
}

/**
 * The facts of an untranslated request that its response depends on. It is not decoded, since it may hold fields that
 * only its own format has.
 */
const undecoded = ({ arrival, body: { envelope } }: Call): ChatRequest => ({
  format: arrival.api!.name,
  model: envelope.model,
  messages: [],
  tools: [],
  sampling: {},
  stop: [],
  stream: envelope.stream,
  wantsUsage: envelope.wantsUsage,
})

const responseFacts = ({ arrival: { arrivedMs }, recorder, stored }: Call, request: ChatRequest): ResponseFacts => ({
  request,
  ...(recorder && { stored: { previousId: stored?.previousId } }),
  id: crypto.randomUUID().replaceAll('-', ''),
  created: Math.floor(Date.now() / 1000),
  model: undefined,
  elapsedMs: () => performance.now() - arrivedMs,
})
