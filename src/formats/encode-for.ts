import type { MediaPart } from '../chat/part.ts'
import type { ChatRequest } from '../chat/request.ts'
import type { IdRule } from './translation/call-ids.ts'
import { chatFormat } from './chat-formats.ts'
import type { ChatFormat, Target } from './format.ts'
import type { Losses } from './translation/losses.ts'
import { withoutProviderTools } from './translation/provider-tools.ts'
import { reasoningFamily } from './openai-shared/models.ts'
import { withOpenaiSchemas, withOpenaiStrictness } from './openai-shared/tool-schemas.ts'
import { withObjectRoots } from './translation/fit-schemas.ts'
import { withReadableArguments } from './history/arguments.ts'
import { repairHistory } from './history/repair.ts'
import { fitCap } from './translation/fit-cap.ts'
import { fitStops, type StopRule } from './translation/fit-stops.ts'
import { fitToolIds } from './translation/tool-ids.ts'
import { fitToolNames, type ToolNames } from './translation/tool-names.ts'
import type { Api } from './apis/api.ts'

/** A request in the upstream's format, as a JSON value, and what restores the client's tools in its response. */
export interface EncodedRequest {
  readonly body: unknown
  readonly names: ToolNames
  /** Sequences at which Sluice must end the response, because the upstream cannot. */
  readonly cutsAt: readonly string[]
}

/**
 * Encodes a request in the format `to`, with tool names and ids that the upstream accepts: by the rules of the format,
 * or by `toolIds` if the upstream is stricter. Throws GatewayError `unsupported_parameter` for a field that cannot be
 * dropped without changing the meaning.
 */
export function encodeFor(
  canonical: ChatRequest,
  to: Api,
  target: Target,
  toolIds: IdRule | undefined,
  losses: Losses,
): EncodedRequest {
  const format = chatFormat(to.name)!
  const isOwn = canonical.format === format.name
  const general = isOwn ? withKnown(canonical, format, target, losses) : generalized(canonical, format, target, losses)
  const fitted = isOwn ? general : fitCap(withSchemas(general, to, target, losses), target.baseModel, losses)
  const rule = isOwn ? undefined : stopRule(to, target)
  const { request: stopped, cutsAt } = fitStops(fitted, rule, losses)
  const ids = toolIds ?? (isOwn ? undefined : to.toolIds)
  const { request, names } = fitToolNames(ids ? fitToolIds(stopped, ids) : stopped, to.toolNames)
  return { body: format.encodeRequest(request, target, losses), names, cutsAt }
}

/** A request in the upstream's own format, without what this upstream lacks of it. */
function withKnown(canonical: ChatRequest, { plainTools }: ChatFormat, { lacks }: Target, losses: Losses): ChatRequest {
  const known = plainTools && lacks?.has('client-tools') ? plainTools(canonical, losses) : canonical
  return lacks?.has('unreadable-arguments') ? withReadableArguments(known, losses) : known
}

/** The request without what only its own format has, and with a history that the upstream's format accepts. */
function generalized(canonical: ChatRequest, to: ChatFormat, target: Target, losses: Losses): ChatRequest {
  const general = chatFormat(canonical.format)?.generalize?.(canonical, losses) ?? canonical
  const support = {
    format: to.name,
    acceptsMedia: (part: MediaPart) => to.acceptsMedia(part, canonical, target),
    takesModelMedia: to.takesModelMedia ?? false,
  }
  return repairHistory(withoutProviderTools(general, to.name, losses), support, losses)
}

const isOpenai = (format: string): boolean => format.startsWith('openai-')

/** OpenAI's models accept four stop sequences in Chat Completions, and none if they reason. */
function stopRule(to: Api, { baseModel }: Target): StopRule | undefined {
  const family = to.name === 'openai-chat' ? reasoningFamily(baseModel) : undefined
  return family === undefined ? to.stops : { max: family === null ? 4 : 0 }
}

/** Claude behind a router with OpenAI's format, such as `anthropic/claude-sonnet-4.5`. */
const isClaude = (model: string): boolean => /(?:^|[./])claude-/.test(model)

/** The tools' schemas as the upstream demands them: of all models, except in OpenAI's formats, where it depends on the model. */
function withSchemas(request: ChatRequest, to: Api, { baseModel }: Target, losses: Losses): ChatRequest {
  if (to.objectRoots || isClaude(baseModel)) return withObjectRoots(request, losses)
  if (reasoningFamily(baseModel) !== undefined) return withOpenaiSchemas(withObjectRoots(request, losses), losses)
  return isOpenai(to.name) && !isOpenai(request.format) ? withOpenaiStrictness(request, losses) : request
}
