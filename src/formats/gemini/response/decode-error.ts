import type { UpstreamError } from '../../../chat/upstream-error.ts'
import { readUpstreamError } from './upstream-error.ts'

/**
 * Reads `{error: {code, message, status, details}}`, alone or as the only item of a list; undefined for anything else.
 */
export function decodeError(text: string): UpstreamError | undefined {
  try {
    return readUpstreamError(JSON.parse(text))
  } catch {
    return undefined
  }
}
