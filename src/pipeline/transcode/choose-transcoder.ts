import type { ChatRequest } from '../../chat/request.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { AnswerFacts } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { type ToolNames, NO_RENAMES } from '../../formats/translation/tool-names.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Call } from '../call/call.ts'
import { canonicalRequest } from '../request/translate-request.ts'
import { openaiTranscoder } from './openai.ts'
import { mediaTranscoder } from './media.ts'
import type { Transcoder } from './transcoder.ts'
import { sameFormat } from './same-format.ts'
import { translated } from './translated.ts'
import { wholeTranscoder } from './whole.ts'

/** What else there is to know of a request that was sent. */
export interface Sent {
  /** The usage event was asked for by us alone. */
  readonly hidesUsage: boolean
  /** The way back for the names of tools; undefined where the client's own bytes were sent. */
  readonly names: ToolNames | undefined
  /** The upstream takes its language loosely: clients are not shown its answers as they are. */
  readonly normalizesResponses: boolean
}

/** How an answer in the language `api` gets to this call's client. */
export function chooseTranscoder(call: Call, api: Api, { hidesUsage, names, normalizesResponses }: Sent): Transcoder {
  if (api.media) return mediaTranscoder(api)
  const whole = wholeFormat(api.name)
  if (whole) return wholeTranscoder(call, api, whole)
  const from = chatFormat(api.name)
  const isTranslated =
    api !== call.api || (from && normalizesResponses) || (names !== undefined && names !== NO_RENAMES)
  if (isTranslated) {
    const losses = new Losses((loss) => call.warn(`${loss.field}: ${loss.what}`))
    const to = chatFormat(call.api!.name)!
    const request = api === call.api && names === undefined ? unread(call) : canonicalRequest(call)
    const apis = [api, call.api!] as const
    return translated({ apis, from: from!, to, facts: answerFacts(request), losses, names: names ?? NO_RENAMES })
  }
  return !from || from.name === 'openai-chat'
    ? openaiTranscoder(call, hidesUsage)
    : sameFormat(api, from, () => answerFacts(unread(call)))
}

/** Of a request that went on as it came, what its answer depends on: it may hold what only its own language can read. */
const unread = ({ api, envelope }: Call): ChatRequest => ({
  format: api!.name,
  model: envelope!.model,
  messages: [],
  tools: [],
  sampling: {},
  stop: [],
  stream: envelope!.stream,
  wantsUsage: envelope!.wantsUsage,
})

const answerFacts = (request: ChatRequest): AnswerFacts => ({
  request,
  id: crypto.randomUUID().replaceAll('-', ''),
  created: Math.floor(Date.now() / 1000),
  model: undefined,
})
