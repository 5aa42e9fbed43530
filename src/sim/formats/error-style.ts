import { GatewayError } from '../../errors.ts'
import type { ResponseFacts, ChatFormat } from '../../formats/format.ts'
import { Losses } from '../../formats/translation/losses.ts'
import { errorBody } from '../wire/errors.ts'
import type { WholeReply } from '../wire/reply.ts'

/** How a simulated server reports errors in one API format. */
export interface ErrorStyle {
  error(status: number, message: string, param?: string | null): WholeReply
  /** An error inside a stream, with the events that the format requires after it. */
  errorEvents(status: number, message: string): string
}

const errorReply = (status: number, body: string, headers?: Readonly<Record<string, string>>): WholeReply => ({
  type: 'whole',
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

/** The errors of vLLM, which repeat the status as a number. */
export const vllmErrors: ErrorStyle = {
  error: (status, message, param) => errorReply(status, JSON.stringify(errorBody(status, message, param))),
  errorEvents: (status, message) => `data: ${JSON.stringify(errorBody(status, message))}\n\ndata: [DONE]\n\n`,
}

/** The errors of any other format, encoded as the gateway encodes its own. */
export const errorStyleOf = (format: ChatFormat): ErrorStyle => ({
  error(status, message, param) {
    const error = format.encodeError(failure(status, message, param), 'sim')
    return errorReply(error.status, error.body, error.headers)
  },
  errorEvents: (status, message) => format.createEncoder(NO_REQUEST, new Losses()).fail(failure(status, message)),
})

const CODES: Readonly<Record<number, GatewayError['code']>> = {
  400: 'invalid_request',
  404: 'model_not_found',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
}

const failure = (status: number, message: string, param?: string | null): GatewayError =>
  new GatewayError(CODES[status] ?? 'upstream_failed', message, { status, ...(param && { param }) })

/** A placeholder: the encoder needs a request, and an error can come before there is one. */
const NO_REQUEST: ResponseFacts = {
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
