import type { ChatRequest } from '../../../chat/request.ts'
import { noteExtras } from '../../translation/extras.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { fieldName } from '../../fields/field-names.ts'
import { encodeContents, encodeOwnContents } from './contents.ts'
import type { PartRules } from '../content/encode-part.ts'
import { encodeConfig } from './generation-config.ts'
import { encodeResolution } from './media-resolution.ts'
import { type GeminiModel, modelOf } from '../models.ts'
import { withExtra } from '../proto.ts'
import { encodeTier } from '../tier.ts'
import { encodeToolChoice } from './tool-choice.ts'
import { encodeTools } from './tools.ts'

/** Fields that Gemini does not have. */
const UNSUPPORTED = ['user', 'metadata', 'verbosity', 'cacheKey'] as const

/** The body of generateContent and streamGenerateContent; the path has the model and whether to stream. */
export function encodeRequest(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const model = modelOf(target.baseModel)
  const isOwn = request.format === 'gemini'
  if (!isOwn) noteExtras(request, 'Gemini', losses)
  const rules = rulesFor(request, target, model, losses)
  const { contents, systemInstruction } = isOwn
    ? encodeOwnContents(request, rules)
    : encodeContents(request, rules, target.capabilities.has('prefill'))
  const tools = encodeTools(request, model, losses)
  const config = { ...encodeConfig(request, model, losses), ...encodeResolution(request, losses) }
  const body = {
    contents,
    ...(systemInstruction && { systemInstruction }),
    ...(tools.length > 0 && { tools }),
    ...encodeToolChoice(request, losses),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
    ...serviceTier(request, target, losses),
  }
  if (isOwn) return withExtra(body, request.extra)
  noteUnsupported(request, losses)
  return body
}

const rulesFor = (request: ChatRequest, { capabilities }: Target, model: GeminiModel, losses: Losses): PartRules => ({
  model,
  losses,
  isOwn: request.format === 'gemini',
  fetchesUrls: capabilities.has('fetches-urls'),
  names: new Map(),
  issuedIds: new Set(),
})

function serviceTier(request: ChatRequest, { capabilities }: Target, losses: Losses): Record<string, unknown> {
  const { tier, format } = request
  if (tier === undefined || tier === 'auto') return {}
  const serviceTier = encodeTier(tier)
  if (serviceTier !== undefined && (format === 'gemini' || capabilities.has('service-tier'))) return { serviceTier }
  losses.note(fieldName(request, 'tier'), 'removed: this provider has no such tier')
  return {}
}

function noteUnsupported(request: ChatRequest, losses: Losses): void {
  for (const field of UNSUPPORTED)
    if (request[field] !== undefined) losses.note(fieldName(request, field), 'removed: Gemini has no such field')
  if (request.store) losses.note(fieldName(request, 'store'), 'removed: Gemini does not store responses')
  if (request.cache) losses.note('cache_control', 'removed: Gemini caches automatically')
}
