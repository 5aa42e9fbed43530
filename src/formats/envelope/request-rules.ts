import { GatewayError } from '../../errors.ts'
import { readNumber } from '../../codecs/json/read.ts'
import type { JsonMember } from '../../codecs/json/scan.ts'
import type { FieldRule } from '../apis/field-rules.ts'
import type { Api } from '../apis/api.ts'

/** Throws GatewayError `invalid_request` or `missing_required_parameter` for the first field that breaks a rule. */
export function checkTypes(members: readonly JsonMember[], bytes: Uint8Array, { prompt, rules }: Api): void {
  let [hasPrompt, hasOther] = [false, false]
  for (const member of members) {
    if (member.type === 'null') continue
    if (member.key === prompt.field) {
      hasPrompt = true
      checkPrompt(member, prompt, members)
    } else if (Object.hasOwn(rules, member.key)) checkRule(member, bytes, rules[member.key]!)
    else if (prompt.or?.includes(member.key)) hasOther = true
  }
  if (!hasPrompt && !hasOther && !prompt.isOptional)
    throw new GatewayError('missing_required_parameter', `"${prompt.field}" is missing.`, { param: prompt.field })
}

function checkPrompt(
  member: JsonMember,
  { types, or, isOptional }: Api['prompt'],
  members: readonly JsonMember[],
): void {
  if (!types.includes(member.type)) throw wrongType(member, types)
  if (!member.empty || member.type !== 'array' || isOptional) return
  if (!members.some(({ key, type }) => type !== 'null' && or?.includes(key))) throw refusal(member, 'must not be empty')
}

function checkRule(member: JsonMember, bytes: Uint8Array, rule: FieldRule): void {
  if (!rule.types.includes(member.type)) throw wrongType(member, rule.types)
  if (member.type !== 'number') return
  const value = readNumber(bytes, member)
  if (rule.integer && !Number.isInteger(value)) throw refusal(member, `must be a whole number, not ${value}`)
  if (rule.min !== undefined && value < rule.min) throw refusal(member, `must be at least ${rule.min}, not ${value}`)
}

const wrongType = (member: JsonMember, types: readonly string[]) =>
  refusal(member, `must be of type ${types.join(' or ')}, not ${member.type}`)

const refusal = (member: JsonMember, what: string) =>
  new GatewayError('invalid_request', `"${member.key}" ${what}.`, { param: member.key })
