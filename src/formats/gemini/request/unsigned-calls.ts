import { isRecord } from '../../fields/fields.ts'

/** Whether a request of Gemini's own clients has a turn of the model whose first call has no signature. */
export function hasUnsignedCalls(body: unknown): boolean {
  const contents = isRecord(body) ? body['contents'] : undefined
  return (
    Array.isArray(contents) && contents.some((content) => isUnsigned(isRecord(content) ? content['parts'] : undefined))
  )
}

function isUnsigned(parts: unknown): boolean {
  if (!Array.isArray(parts)) return false
  const call: unknown = parts.find((part) => isRecord(part) && ('functionCall' in part || 'function_call' in part))
  return isRecord(call) && !call['thoughtSignature'] && !call['thought_signature']
}
