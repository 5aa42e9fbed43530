import type { MediaPart, Part } from '../../chat/part.ts'
import type { ChatRequest } from '../../chat/request.ts'
import { partPath } from '../fields/request-paths.ts'
import { unsupported } from '../fields/unsupported.ts'

export const hasUrl = (part: Part): part is MediaPart => part.type === 'media' && part.source.type === 'url'

/** Throws GatewayError `unsupported_parameter` for an image or a file by its address: Bedrock fetches none. */
export function refuseUrls(request: ChatRequest): void {
  for (const [index, { parts }] of request.messages.entries())
    for (const [at, part] of parts.entries()) {
      const inner: readonly Part[] = part.type === 'tool-result' ? part.content : [part]
      if (inner.some(hasUrl))
        throw unsupported(partPath(request, index, at), 'Bedrock does not fetch URLs; send the data as base64')
    }
}
