import { type Finish, type FinishReason, withToolCalls } from '../../chat/finish.ts'

/** Why an answer is incomplete, in this language's words. */
const INCOMPLETE: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  // Of servers that speak the language with other words.
  max_tokens: 'length',
  length: 'length',
  content_filter: 'content-filter',
}

/** What a response has in it that its status does not say. */
export interface OutputContents {
  readonly toolCalls: boolean
  readonly refusal: boolean
}

/**
 * Status and reason as one. An unknown reason or status is `other` under its own name; an answer that is still at work
 * (`in_progress`, `queued`) is a pause. A response that failed is an error and does not come here.
 */
export function decodeFinish(status: string | undefined, reason: string | undefined, contents: OutputContents): Finish {
  switch (status) {
    case 'completed':
      return contents.refusal ? { reason: 'refusal', native: status } : normal(status, contents)
    case 'incomplete':
      return { reason: (reason !== undefined && knownReason(reason)) || 'other', native: reason ?? status }
    case 'in_progress':
    case 'queued':
      return { reason: 'pause', native: status }
    case undefined:
      return withToolCalls({ reason: 'other' }, contents.toolCalls)
    default:
      return { reason: 'other', native: status }
  }
}

const normal = (native: string, { toolCalls }: OutputContents): Finish =>
  withToolCalls({ reason: 'stop', native }, toolCalls)

const knownReason = (word: string): FinishReason | undefined =>
  Object.hasOwn(INCOMPLETE, word) ? INCOMPLETE[word] : undefined

export interface WireFinish {
  readonly status: 'completed' | 'incomplete' | 'failed'
  readonly error: { readonly code: string; readonly message: string } | null
  readonly incomplete_details: { readonly reason: string } | null
  /** The upstream's own word, where ours says less; a field of our own. */
  readonly native_finish_reason?: string
}

const COMPLETED: WireFinish = { status: 'completed', error: null, incomplete_details: null }
const incomplete = (reason: string): WireFinish => ({
  status: 'incomplete',
  error: null,
  incomplete_details: { reason },
})

/**
 * The status of a response. A refusal in words completes it, as OpenAI's do; one without words is a filter's. A reason
 * that this language has no word for is never taken for a normal end: the response is incomplete, with the upstream's
 * own word for the reason; only an upstream that gave none is believed to have ended normally.
 */
export function encodeFinish(finish: Finish, contents: OutputContents): WireFinish {
  const { reason, native } = withToolCalls(finish, contents.toolCalls)
  switch (reason) {
    case 'length':
    case 'context-full':
      return incomplete('max_output_tokens')
    case 'content-filter':
      return incomplete('content_filter')
    case 'refusal':
      return contents.refusal ? COMPLETED : incomplete('content_filter')
    case 'pause':
      return native === undefined ? COMPLETED : { ...COMPLETED, native_finish_reason: native }
    case 'malformed-tool-call':
      return failed(native)
    case 'other':
      return native === undefined ? COMPLETED : incomplete(native)
    default:
      return COMPLETED
  }
}

const failed = (native = 'malformed tool call'): WireFinish => ({
  status: 'failed',
  error: { code: 'server_error', message: `The model made a tool call that cannot be read (${native}).` },
  incomplete_details: null,
})
