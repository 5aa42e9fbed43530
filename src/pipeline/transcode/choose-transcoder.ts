import type { ChatRequest } from '../../chat/request.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { AnswerFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { type ToolNames, NO_RENAMES } from '../../formats/translation/tool-names.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Call } from '../call/call.ts'
import type { Warnings } from '../call/warnings.ts'
import { openaiTranscoder } from './openai.ts'
import { mediaTranscoder } from './media.ts'
import type { Transcoder } from './transcoder.ts'
import { sameFormat } from './same-format.ts'
import { restoreNames } from './restore-names.ts'
import { translated } from './translated.ts'
import { wholeTranscoder } from './whole.ts'

/** What else there is to know of a request that was sent. */
export interface Sent {
  /** The gateway alone requested the usage event. */
  readonly hidesUsage: boolean
  /** Restores the client's names of tools; undefined where the client's own bytes were sent. */
  readonly names: ToolNames | undefined
  /** The upstream deviates from its format: clients are not shown its responses as they are. */
  readonly normalizesResponses: boolean
  /** Takes what the response loses. */
  readonly warnings: Warnings
}

/**
 * How a response in the format of `api` gets to this call's client: the bytes as they are wherever nothing needs its
 * canonical events, else decoded, decorated and encoded.
 */
export function chooseTranscoder(call: Call, api: Api, sent: Sent): Transcoder {
  if (api.media) return mediaTranscoder(api)
  const whole = wholeFormat(api.name)
  if (whole) return wholeTranscoder(call, api, whole)
  const from = chatFormat(api.name)
  if (from && needsEvents(call, api, sent)) return translatedFor(call, api, from, sent)
  return !from || from.name === 'openai-chat'
    ? openaiTranscoder(call, sent.hidesUsage)
    : sameFormat(api, from, () => responseFacts(unread(call)))
}

/** Whether the response has to be read as canonical events: another format, other names, a deviating server, decorators. */
const needsEvents = ({ arrival, decorators }: Call, api: Api, { names, normalizesResponses }: Sent): boolean =>
  api !== arrival.api || normalizesResponses || (names !== undefined && names !== NO_RENAMES) || decorators.length > 0

function translatedFor(call: Call, api: Api, from: ChatFormat, { names, warnings }: Sent): Transcoder {
  const clientApi = call.arrival.api!
  const losses = new Losses((loss) => warnings.add(`${loss.field}: ${loss.what}`))
  const request = api === clientApi && names === undefined ? unread(call) : call.body.canonical()
  return translated({
    apis: [api, clientApi],
    from,
    to: chatFormat(clientApi.name)!,
    facts: responseFacts(request),
    losses,
    decorators: names && names !== NO_RENAMES ? [() => restoreNames(names), ...call.decorators] : call.decorators,
  })
}

/** Of a request that went on as it came, what its answer depends on: it may hold what only its own language can read. */
const unread = ({ arrival, body: { envelope } }: Call): ChatRequest => ({
  format: arrival.api!.name,
  model: envelope.model,
  messages: [],
  tools: [],
  sampling: {},
  stop: [],
  stream: envelope.stream,
  wantsUsage: envelope.wantsUsage,
})

const responseFacts = (request: ChatRequest): AnswerFacts => ({
  request,
  id: crypto.randomUUID().replaceAll('-', ''),
  created: Math.floor(Date.now() / 1000),
  model: undefined,
})
