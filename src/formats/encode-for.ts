import type { ChatRequest } from '../chat/request.ts'
import type { IdRule } from './translation/call-ids.ts'
import { chatFormat } from './chat-formats.ts'
import type { Target } from './format.ts'
import type { Losses } from './translation/losses.ts'
import { withoutProviderTools } from './translation/provider-tools.ts'
import { fitToolIds } from './translation/tool-ids.ts'
import { fitToolNames, type ToolNames } from './translation/tool-names.ts'
import type { Api } from './apis/api.ts'

/** A request in the words of an upstream, as a JSON value, and the way back for the names in its answer. */
export interface EncodedRequest {
  readonly body: unknown
  readonly names: ToolNames
}

/**
 * A request in the language `to`, with names and ids of tools as the upstream takes them: those of its language, or
 * `toolIds` where it is stricter. Throws GatewayError `unsupported_parameter` for what changes the meaning if left out.
 */
export function encodeFor(
  canonical: ChatRequest,
  to: Api,
  target: Target,
  toolIds: IdRule | undefined,
  losses: Losses,
): EncodedRequest {
  const filtered = withoutProviderTools(canonical, to.name, losses)
  const { request, names } = fitToolNames(toolIds ? fitToolIds(filtered, toolIds) : filtered, to.toolNames)
  return { body: chatFormat(to.name)!.encodeRequest(request, target, losses), names }
}
