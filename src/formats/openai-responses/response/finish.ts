import { type Finish, type FinishReason, withToolCalls } from '../../../chat/finish.ts'

/** The values of `incomplete_details.reason`. */
const INCOMPLETE: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  // Values of other servers of this format.
  max_tokens: 'length',
  length: 'length',
  content_filter: 'content-filter',
}

/** What the output contains beyond the status. */
export interface OutputContents {
  readonly toolCalls: boolean
  readonly refusal: boolean
}

/**
 * Decodes status and reason. An unknown reason or status is `other` with its own name; a response that is still running
 * (`in_progress`, `queued`) is a pause. A failed response is an error and is handled elsewhere.
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

const knownReason = (reason: string): FinishReason | undefined =>
  Object.hasOwn(INCOMPLETE, reason) ? INCOMPLETE[reason] : undefined

export interface WireFinish {
  readonly status: 'completed' | 'incomplete' | 'failed'
  readonly error: { readonly code: string; readonly message: string } | null
  readonly incomplete_details: { readonly reason: string } | null
  /** The upstream's own reason, if it is more specific. Sluice's own field. */
  readonly native_finish_reason?: string
}

const COMPLETED: WireFinish = { status: 'completed', error: null, incomplete_details: null }
const incomplete = (reason: string): WireFinish => ({
  status: 'incomplete',
  error: null,
  incomplete_details: { reason },
})

/**
 * The status of a response. A refusal with text is `completed`, as with OpenAI; one without text counts as a content
 * filter. A reason that this format does not have is never treated as a normal end: the response is `incomplete`, with
 * the upstream's own reason. Only if the upstream gave no reason is the response `completed`.
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
  error: { code: 'server_error', message: `The model returned an invalid tool call (${native}).` },
  incomplete_details: null,
})
