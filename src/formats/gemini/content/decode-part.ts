import type { NativePart, Part, Seal, ToolCallPart } from '../../../chat/part.ts'
import type { Fields } from '../../fields/fields.ts'
import { decodeMedia } from './media.ts'
import { extraOf, protoObject } from '../proto.ts'
import { decodeSignature } from './signature.ts'
import { decodeToolResult } from './tool-results.ts'

/** Assigns ids to calls and results that have none. */
export interface CallIds {
  /** The id of the next call: `id` if the call has one. */
  call(id: string | undefined, name: string): string
  /** The id of the call that a result belongs to; if there is no such call, an id that no call has. */
  result(id: string | undefined, name: string): string
}

/** Reads a part of a client's message; undefined for an empty one. Source: https://ai.google.dev/api/caching#Part */
export function decodePart(part: Fields, calls: CallIds): Part | undefined {
  const call = protoObject(part, 'functionCall')
  if (call)
    return {
      ...decodeCall(call, calls),
      ...sealOf(part),
      ...extraOf([
        ['', part],
        ['functionCall', call],
      ]),
    }
  const result = protoObject(part, 'functionResponse')
  if (result)
    return {
      ...decodeToolResult(result, calls),
      ...extraOf([
        ['', part],
        ['functionResponse', result],
      ]),
    }
  const seal = sealOf(part)
  const media = decodeMedia(part)
  if (media) return { ...media, ...seal }
  const text = part.string('text')
  if (text === undefined) return decodeNative(part)
  if (part.boolean('thought') === true) return { type: 'reasoning', text, isSummary: true, ...seal, ...part.extra() }
  return { type: 'text', text, ...seal, ...part.extra() }
}

/** Reads any other part (executed code, Google's own tools), by the name of its first field that is not a label. */
function decodeNative(part: Fields): NativePart | undefined {
  const signature = part.any('thoughtSignature')
  const value = { ...part.rest(), ...(signature !== undefined && { thoughtSignature: signature }) }
  const kind = Object.keys(value).find((key) => !LABELS.has(key))
  return kind === undefined ? undefined : { type: 'native', format: 'gemini', kind, value }
}

const LABELS = new Set(['thought', 'thoughtSignature', 'partMetadata', 'videoMetadata', 'mediaResolution'])

function decodeCall(call: Fields, calls: CallIds): ToolCallPart {
  const name = call.requiredString('name')
  return {
    type: 'tool-call',
    id: calls.call(call.string('id') || undefined, name),
    name,
    arguments: JSON.stringify(call.record('args') ?? {}),
  }
}

function sealOf(part: Fields): { seal?: Seal } {
  const signature = part.string('thoughtSignature')
  return signature === undefined ? {} : { seal: decodeSignature(signature) }
}
