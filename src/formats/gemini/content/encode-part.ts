import type { NativePart, Part, ToolCallPart } from '../../../chat/part.ts'
import { GatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { parseExact } from '../../../codecs/json/exact.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import type { Placed } from '../../translation/turns.ts'
import { isGeneratedId } from './ids.ts'
import { encodeMedia, type MediaRules } from './media.ts'
import type { GeminiModel } from '../models.ts'
import { withExtra } from '../proto.ts'
import { ownSignature } from './signature.ts'
import { encodeResponse, fitsInResult, mediaOf } from './tool-results.ts'

export type WirePart = Record<string, unknown>

/** What the encoder of a part needs from its request. */
export interface PartRules extends MediaRules {
  readonly model: GeminiModel
  readonly losses: Losses
  /** The names of the tools that have been called, by the id of the call. */
  readonly names: Map<string, string>
  /** Call ids that Gemini itself assigned. */
  readonly issuedIds: Set<string>
}

/** Writes a part. Usually one wire part; a tool result can be followed by its images. */
export function encodePart({ part, path }: Placed, rules: PartRules): WirePart[] {
  if ('cache' in part && part.cache) rules.losses.note(`${path}.cache_control`, 'removed: Gemini caches automatically')
  const wire = encodeKind({ part, path }, rules)
  if (rules.isOwn && 'extra' in part) withExtra(wire[0]!, part.extra)
  return wire
}

function encodeKind({ part, path }: Placed, rules: PartRules): WirePart[] {
  switch (part.type) {
    case 'text':
      return [{ text: part.text, ...signed(part) }]
    case 'reasoning':
      return [{ text: part.text, thought: true, ...signed(part) }]
    case 'refusal':
      return [{ text: part.text }]
    case 'media':
      return [{ ...encodeMedia(part, path, rules), ...signed(part) }]
    case 'tool-call':
      return [encodeCall(part, path, rules)]
    case 'tool-result':
      return encodeResult({ part, path }, rules)
    case 'native':
      return [encodeNative(part, path)]
  }
}

const signed = (part: Extract<Part, { seal?: unknown }>): WirePart => {
  const signature = ownSignature(part.seal)
  return signature === undefined ? {} : { thoughtSignature: signature }
}

function encodeCall(part: ToolCallPart, path: string, { isOwn, names, issuedIds }: PartRules): WirePart {
  names.set(part.id, part.name)
  if (isOwn && !isGeneratedId(part.id)) issuedIds.add(part.id)
  return {
    functionCall: { ...idOf(part.id, issuedIds), name: part.name, args: argumentsOf(part, path) },
    ...signed(part),
  }
}

/** Writes only ids that Gemini assigned. It matches other calls by name and order. */
const idOf = (id: string, issuedIds: ReadonlySet<string>): WirePart => (issuedIds.has(id) ? { id } : {})

function argumentsOf({ arguments: text, name }: ToolCallPart, path: string): unknown {
  if (text.trim() === '') return {}
  const value = parsed(text)
  if (isRecord(value)) return value
  throw new GatewayError('invalid_request', `${path}: the arguments of "${name}" must be a JSON object in a string.`, {
    param: path,
  })
}

function parsed(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}

/** Writes a tool result. Media are inside it if the model supports that, otherwise after it. */
function encodeResult(placed: Placed, rules: PartRules): WirePart[] {
  const { part, path } = placed as Placed<Extract<Part, { type: 'tool-result' }>>
  const name = part.name ?? rules.names.get(part.callId)
  if (name === undefined)
    throw new GatewayError(
      'invalid_request',
      `${path} is a result for the tool call "${part.callId}", which does not exist.`,
      {
        param: path,
      },
    )
  const inside: WirePart[] = []
  const after: WirePart[] = []
  for (const media of mediaOf(part)) {
    const isInside =
      rules.isOwn || (rules.model.supportsMediaInResults && media.type === 'media' && fitsInResult(media))
    const list = isInside ? inside : after
    list.push(...encodePart({ part: media, path }, rules))
  }
  const result = {
    ...idOf(part.callId, rules.issuedIds),
    name,
    response: encodeResponse(part, rules.isOwn),
    ...(inside.length > 0 && { parts: inside }),
  }
  return [{ functionResponse: result }, ...after]
}

function encodeNative({ format, kind, value }: NativePart, path: string): WirePart {
  if (format !== 'gemini') throw unsupported(path, `Gemini has no equivalent of ${kind}`)
  return { ...(value as WirePart) }
}
