// With `strict`, a request is judged before it is served, in the format in which it came.
import { APIS } from '../../formats/apis/apis.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { formatRouteAt } from '../formats/route.ts'
import type { StrictMode } from '../rules/strict.ts'
import { RULES, type RulesName, violations } from '../rules/violations.ts'
import { SimError } from '../wire/errors.ts'
import { type Fields, parseBody } from '../wire/fields.ts'
import type { SimCall } from '../wire/reply.ts'

/** Returns the request with its body read. Throws a 400 that names everything the real provider would refuse. */
export async function refuseViolations(mode: StrictMode, call: SimCall): Promise<SimCall> {
  const route = rulesAt(call.path, mode)
  if (!route) return call
  const body = await call.body()
  const found = violations(route.rules, withModel(parseBody(body), route), route.model)
  if (found.length > 0) throw new SimError(400, found.join('; '), placeOf(found[0]!))
  return { ...call, signal: call.signal, body: async () => body }
}

/** Claude's own bodies at Bedrock are judged as Anthropic's: the path has the model, and the body its version. */
function withModel(body: Fields, { isVariant, model }: Judged): Fields {
  if (!isVariant) return body
  const own = Object.entries(body).filter(([key]) => !VARIANT_FIELDS.includes(key))
  return { model, ...Object.fromEntries(own) }
}

const VARIANT_FIELDS: readonly string[] = APIS['bedrock-invoke'].variantFields ?? []

/** The place is the text before the first colon. */
const placeOf = (violation: string): string => violation.slice(0, violation.indexOf(':'))

interface Judged {
  readonly rules: RulesName
  readonly model: string | undefined
  readonly isVariant: boolean
}

/** The rules for chat requests at a path; undefined for other requests, for one prompt, and for token counts. */
function rulesAt(path: string, mode: StrictMode): Judged | undefined {
  if (path === '/v1/chat/completions')
    return { rules: mode === 'hosted' ? 'openai-chat' : 'self-hosted-chat', model: undefined, isVariant: false }
  const { format, model, countField } = formatRouteAt(path) ?? {}
  const rules = RULES.find((name) => name === format?.name)
  if (rules === undefined || countField !== undefined || format === chatFormat('ollama-generate')) return undefined
  return { rules, model, isVariant: format === chatFormat('bedrock-invoke') }
}
