/** What an upstream said went wrong, as far as it said anything readable. */
export interface UpstreamComplaint {
  readonly message: string
  readonly type?: string
  readonly code?: string
  readonly param?: string
  /** A status inside the body, where 200 streams carry theirs. */
  readonly status?: number
  /** True when the body is OpenAI's envelope already. */
  readonly isEnvelope: boolean
}

/**
 * Reads an error body of any server that calls itself OpenAI-compatible; undefined for HTML, empty or unknown text.
 * Shapes: `{error: {message, type, param, code}}` (OpenAI, vLLM), `{error: "text", code}` (xAI),
 * `{object: "error", message, type, code}` (older vLLM), `{detail}` (FastAPI, Mistral), `{message}`; one of
 * these as the only item of a list (Gemini's OpenAI door).
 */
export function decodeError(text: string): UpstreamComplaint | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const [first] = Array.isArray(body) ? (body as unknown[]) : [body]
  const complaint = isRecord(first) ? fromObject(first) : undefined
  return complaint && { ...complaint, isEnvelope: complaint.isEnvelope && first === body }
}

function fromObject(body: Record<string, unknown>): UpstreamComplaint | undefined {
  const { error, detail } = body
  if (isRecord(error)) return complaint(error, typeof error['message'] === 'string')
  if (typeof error === 'string') return complaint({ ...body, message: error }, false)
  if (typeof body['message'] === 'string') return complaint(body, false)
  if (typeof detail === 'string') return complaint({ message: detail }, false)
  if (detail !== undefined) return complaint({ message: JSON.stringify(detail).slice(0, 1000) }, false)
  return undefined
}

function complaint(fields: Record<string, unknown>, isEnvelope: boolean): UpstreamComplaint {
  const { message, type, code, param } = fields
  const status = [code, fields['status'], fields['status_code']].map(Number).find(isErrorStatus)
  return {
    message: typeof message === 'string' && message !== '' ? message : 'The upstream gave no message.',
    ...(typeof type === 'string' && { type }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(typeof param === 'string' && { param }),
    ...(status !== undefined && { status }),
    isEnvelope,
  }
}

const isErrorStatus = (number: number): boolean => Number.isInteger(number) && number >= 400 && number < 600

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
