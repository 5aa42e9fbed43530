import type { Extra, MediaPart, NativePart, Seal, ToolCallPart } from '../../../chat/part.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import type { Losses } from '../../translation/losses.ts'
import { responseToolInput } from '../../translation/tool-input.ts'
import { isGeneratedId } from '../content/ids.ts'
import { encodeSignature } from '../content/signature.ts'

export type WirePart = Record<string, unknown>

/**
 * Writes a part of a response for a Gemini client; undefined: it is unsupported and noted as a loss. `isCut`: the response
 * ended at its length limit. Throws GatewayError `upstream_malformed` for a call with unreadable arguments.
 */
export function encodeResponsePart(part: ResponsePart, losses: Losses, isCut = false): WirePart | undefined {
  switch (part.type) {
    case 'text':
      return { text: part.text, ...signed(part.seal) }
    case 'refusal':
      return { text: part.text }
    case 'reasoning':
      return { text: part.text, thought: true, ...signed(part.seal) }
    case 'tool-call':
      return encodeCall(part, losses, isCut)
    case 'media':
      return encodeMedia(part)
    case 'native':
      return encodeNative(part, losses)
  }
}

export const signed = (seal: Seal | undefined): WirePart =>
  seal && seal.origin !== 'none' ? { thoughtSignature: encodeSignature(seal) } : {}

/** Writes a call. Arguments must be a complete object, so a truncated call is dropped. Generated ids are left out. */
function encodeCall(call: ToolCallPart, losses: Losses, isCut: boolean): WirePart | undefined {
  const { id, name, seal } = call
  const args = responseToolInput(call, `functionCall ${name}`, { isCut, losses })
  return args && { functionCall: { ...(!isGeneratedId(id) && { id }), name, args }, ...signed(seal) }
}

/** The transcript of speech, where clients send it back with their history; Gemini's own audio has none. */
function transcriptOf(extra: Extra | undefined): WirePart {
  const transcript = extra?.['transcript']
  return typeof transcript === 'string' && transcript !== '' ? { partMetadata: { transcript } } : {}
}

function encodeMedia({ source, mediaType, seal, extra }: MediaPart): WirePart {
  const type = mediaType === undefined ? {} : { mimeType: mediaType }
  const labels = { ...(extra?.['thought'] === true && { thought: true }), ...transcriptOf(extra), ...signed(seal) }
  switch (source.type) {
    case 'base64':
      return { inlineData: { ...type, data: source.data }, ...labels }
    case 'text':
      return { text: source.text }
    case 'url':
      return { fileData: { ...type, fileUri: source.url }, ...labels }
    case 'id':
      return { fileData: { ...type, fileUri: source.id }, ...labels }
  }
}

function encodeNative({ format, kind, value }: NativePart, losses: Losses): WirePart | undefined {
  if (format === 'gemini') return value as WirePart
  losses.note(kind, 'removed: Gemini has no such part')
  return undefined
}
