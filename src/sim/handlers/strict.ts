// With `strict`, a request is judged before it is served, in the format in which it came.
import { formatRouteAt } from '../formats/route.ts'
import type { StrictMode } from '../rules/strict.ts'
import { RULES, type RulesName, violations } from '../rules/violations.ts'
import { SimError } from '../wire/errors.ts'
import { parseBody } from '../wire/fields.ts'
import type { SimCall } from '../wire/reply.ts'

/** Returns the request with its body read. Throws a 400 that names everything the real provider would refuse. */
export async function refuseViolations(mode: StrictMode, call: SimCall): Promise<SimCall> {
  const route = rulesAt(call.path, mode)
  if (!route) return call
  const body = await call.body()
  const found = violations(route.rules, parseBody(body), route.model)
  if (found.length > 0) throw new SimError(400, found.join('; '), placeOf(found[0]!))
  return { ...call, signal: call.signal, body: async () => body }
}

/** The place is the text before the first colon. */
const placeOf = (violation: string): string => violation.slice(0, violation.indexOf(':'))

/** The rules for chat requests at a path; undefined for other requests and for token counts. */
function rulesAt(path: string, mode: StrictMode): { rules: RulesName; model: string | undefined } | undefined {
  if (path === '/v1/chat/completions')
    return { rules: mode === 'hosted' ? 'openai-chat' : 'self-hosted-chat', model: undefined }
  const { format, model, countField } = formatRouteAt(path) ?? {}
  const rules = RULES.find((name) => name === format?.name)
  return rules === undefined || countField !== undefined ? undefined : { rules, model }
}
