import type { UpstreamError } from '../../chat/upstream-error.ts'
import { readUpstreamError } from './complaint.ts'

/** `{error: {code, message, status, details}}`, alone or as the one item of a list; undefined for HTML or empty text. */
export function decodeError(text: string): UpstreamError | undefined {
  try {
    return readUpstreamError(JSON.parse(text))
  } catch {
    return undefined
  }
}
