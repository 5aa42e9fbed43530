import type { UpstreamComplaint } from '../../chat/upstream-error.ts'
import { readComplaint } from './complaint.ts'

/** `{error: {code, message, status, details}}`, alone or as the one item of a list; undefined for HTML or empty text. */
export function decodeError(text: string): UpstreamComplaint | undefined {
  try {
    return readComplaint(JSON.parse(text))
  } catch {
    return undefined
  }
}
