import type { UpstreamError } from '../../chat/upstream-error.ts'
import { defined } from '../fields/defined.ts'
import { isRecord } from '../fields/fields.ts'
import { numberOf } from '../fields/values.ts'
import { errorKind, parseRetryDelayMs } from './error-kind.ts'

/**
 * Decodes an error body of any OpenAI-compatible server; undefined for HTML, empty or unknown text.
 * Shapes: `{error: {message, type, param, code}}` (OpenAI, vLLM), `{error: "text", code}` (xAI),
 * `{object: "error", message, type, code}` (older vLLM), `{detail}` (FastAPI, Mistral), `{message}`; one of
 * these as the only item of a list (Gemini's OpenAI-compatible API).
 */
export function decodeError(text: string): UpstreamError | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const [first] = Array.isArray(body) ? (body as unknown[]) : [body]
  const error = isRecord(first) ? upstreamErrorOf(first) : undefined
  return error && { ...error, isEnvelope: error.isEnvelope && first === body }
}

/** The same for a parsed object. */
export function upstreamErrorOf(body: Readonly<Record<string, unknown>>): UpstreamError | undefined {
  const { error, detail } = body
  if (isRecord(error)) return errorFrom(error, typeof error['message'] === 'string')
  if (typeof error === 'string') return errorFrom({ ...body, message: error }, false)
  if (typeof body['message'] === 'string') return errorFrom(body, false)
  if (typeof detail === 'string') return errorFrom({ message: detail }, false)
  if (detail !== undefined) return errorFrom({ message: JSON.stringify(detail).slice(0, 1000) }, false)
  return undefined
}

function errorFrom(fields: Readonly<Record<string, unknown>>, isEnvelope: boolean): UpstreamError {
  const { type, code, param } = fields
  const known = {
    message: messageOf(fields),
    ...(typeof type === 'string' && { type }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...defined({ status: [code, fields['status'], fields['status_code']].map(numberOf).find(isErrorStatus) }),
  }
  const kind = errorKind(known)
  return {
    ...known,
    ...(typeof param === 'string' && { param }),
    ...defined({ kind, retryAfterMs: kind === 'rate-limit' ? parseRetryDelayMs(known.message) : undefined }),
    isEnvelope,
  }
}

/** The message; OpenRouter's is followed by the message of the provider behind it. */
function messageOf({ message, metadata }: Readonly<Record<string, unknown>>): string {
  const own = typeof message === 'string' && message !== '' ? message : 'The upstream gave no message.'
  const raw = isRecord(metadata) ? metadata['raw'] : undefined
  const behind = typeof raw === 'string' ? decodeError(raw)?.message : undefined
  return behind === undefined ? own : `${own}: ${behind}`
}

const isErrorStatus = (number: number): boolean => Number.isInteger(number) && number >= 400 && number < 600
