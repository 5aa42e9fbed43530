import type { Part } from '../../../chat/part.ts'
import type { ChatRequest, Message, Role } from '../../../chat/request.ts'
import type { Fields } from '../../fields/fields.ts'
import type { RequestFacts } from '../../format.ts'
import { withOriginal } from '../../fields/originals.ts'
import { ConversationCalls } from './conversation-calls.ts'
import { type CallIds, decodePart } from '../content/decode-part.ts'
import { decodeConfig } from './generation-config.ts'
import { extraOf, protoFields, protoObject, protoObjects } from '../proto.ts'
import { decodeTier } from '../tier.ts'
import { decodeToolChoice } from './tool-choice.ts'
import { decodeTools } from './tools.ts'

const ROLES: Readonly<Record<string, Role>> = { user: 'user', model: 'assistant', function: 'tool' }

/**
 * Reads a body of generateContent or streamGenerateContent, or of countTokens, which can contain such a body.
 * Sources: https://ai.google.dev/api/generate-content, https://ai.google.dev/api/tokens
 */
export function decodeRequest(value: unknown, { model, stream }: RequestFacts): ChatRequest {
  const outer = protoFields(value, '')
  const body = protoObject(outer, 'generateContentRequest') ?? outer
  if (body !== outer) body.any('model')
  const instruction = protoObject(body, 'systemInstruction')
  const contents = protoObjects(body, 'contents') ?? missing(body)
  const calls = new ConversationCalls(contents.map((content) => content.any('parts')))
  const { toolChoice, extra: choiceExtra } = decodeToolChoice(body)
  const { extra: configExtra, ...config } = decodeConfig(body)
  const tier = decodeTier(body.any('serviceTier'))
  const request = {
    format: 'gemini',
    model,
    messages: [
      ...(instruction ? [decodeContent(instruction, 'system', calls)] : []),
      ...contents.map((content) => decodeContent(content, roleOf(content), calls)),
    ],
    tools: decodeTools(body),
    ...config,
    stream: stream ?? false,
    wantsUsage: true,
    ...(toolChoice && { toolChoice }),
    ...(tier !== undefined && { tier }),
  }
  const unknownTier = tier === undefined && body.any('serviceTier') ? { serviceTier: body.any('serviceTier') } : {}
  const extra = { ...body.rest(), ...unknownTier, ...choiceExtra, ...configExtra }
  return Object.keys(extra).length > 0 ? { ...request, extra } : request
}

function missing(body: Fields): never {
  throw body.wrong('contents', 'is missing')
}

function roleOf(content: Fields): Role {
  const role = content.string('role')
  if (role === undefined || role === '') return 'user'
  return ROLES[role] ?? raise(content, `is "${role}"; allowed: user, model`)
}

function raise(content: Fields, what: string): never {
  throw content.wrong('role', what)
}

function decodeContent(content: Fields, role: Role, calls: CallIds): Message {
  const original = content.string('role')
  const parts = (protoObjects(content, 'parts') ?? [])
    .map((part) => decodePart(part, calls))
    .filter((part): part is Part => part !== undefined)
  // A role can be absent, and the role of a system instruction has no meaning, so the original one is kept.
  return withOriginal({ role, parts, ...extraOf([['', content]]) }, { role: original })
}
