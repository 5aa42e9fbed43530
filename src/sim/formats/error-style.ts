import { GatewayError } from '../../errors.ts'
import type { AnswerFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { errorBody } from '../wire/errors.ts'
import type { WholeReply } from '../wire/reply.ts'

/** How a wire language says what a simulated server has to say besides answers. */
export interface ErrorStyle {
  error(status: number, message: string, param?: string | null): WholeReply
  /** A failure inside a stream, with whatever the language has to follow it. */
  errorEvents(status: number, message: string): string
}

const errorReply = (status: number, body: string): WholeReply => ({
  type: 'whole',
  status,
  headers: { 'content-type': 'application/json' },
  body,
})

/** vLLM's own: its errors repeat the status as a number. */
export const vllmErrors: ErrorStyle = {
  error: (status, message, param) => errorReply(status, JSON.stringify(errorBody(status, message, param))),
  errorEvents: (status, message) => `data: ${JSON.stringify(errorBody(status, message))}\n\ndata: [DONE]\n\n`,
}

/** Any other: errors as our gateway tells its own clients. */
export const errorStyleOf = (format: ChatFormat): ErrorStyle => ({
  error(status, message, param) {
    const error = format.encodeError(failure(status, message, param), 'sim')
    return errorReply(error.status, error.body)
  },
  errorEvents: (status, message) => format.createEncoder(NOBODY, new Losses()).fail(failure(status, message)),
})

const CODES: Readonly<Record<number, GatewayError['code']>> = {
  400: 'invalid_request',
  404: 'model_not_found',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
}

const failure = (status: number, message: string, param?: string | null): GatewayError =>
  new GatewayError(CODES[status] ?? 'upstream_failed', message, { status, ...(param && { param }) })

/** Whom an error is told that comes before anything was asked. */
const NOBODY: AnswerFacts = {
  request: {
    format: 'openai-chat',
    model: undefined,
    messages: [],
    tools: [],
    sampling: {},
    stop: [],
    stream: true,
    wantsUsage: true,
  },
  id: 'sim',
  created: 0,
  model: undefined,
}
