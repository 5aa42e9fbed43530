import { GatewayError } from '../../errors.ts'
import { readNumber } from '../json/read.ts'
import type { JsonMember, JsonType } from '../json/scan.ts'
import { OPERATIONS, type Operation } from './operations.ts'

interface Rule {
  readonly types: readonly JsonType[]
  readonly min?: number
  readonly integer?: boolean
}

const number = { types: ['number'] } as const
const count = { types: ['number'], min: 1, integer: true } as const
const cap = { types: ['number'], min: 0, integer: true } as const
const text = { types: ['string'] } as const
const list = { types: ['array'] } as const
const object = { types: ['object'] } as const

/**
 * What the top-level fields must look like wherever they appear. Only what every OpenAI-compatible server agrees on:
 * the rest is the upstream's to judge. A null counts as absent.
 * Source: https://platform.openai.com/docs/api-reference/chat/create
 */
const RULES: Readonly<Record<string, Rule>> = {
  model: text,
  stream: { types: ['boolean'] },
  stream_options: object,
  user: text,
  safety_identifier: text,
  max_tokens: cap,
  max_completion_tokens: cap,
  n: count,
  temperature: { ...number, min: 0 },
  top_p: { ...number, min: 0 },
  presence_penalty: number,
  frequency_penalty: number,
  seed: { ...number, integer: true },
  stop: { types: ['string', 'array'] },
  tools: list,
  tool_choice: { types: ['string', 'object'] },
  response_format: object,
  logit_bias: object,
}

/** Throws GatewayError `invalid_request` or `missing_required_parameter` for the first field that breaks a rule. */
export function checkTypes(members: readonly JsonMember[], bytes: Uint8Array, operation: Operation): void {
  const { prompt } = OPERATIONS[operation]
  let hasPrompt = false
  for (const member of members) {
    if (member.type === 'null') continue
    if (member.key === prompt.field) {
      hasPrompt = true
      checkPrompt(member, prompt.types)
    } else if (Object.hasOwn(RULES, member.key)) checkRule(member, bytes, RULES[member.key]!)
  }
  if (!hasPrompt)
    throw new GatewayError('missing_required_parameter', `"${prompt.field}" is missing.`, { param: prompt.field })
}

function checkPrompt(member: JsonMember, types: readonly string[]): void {
  if (!types.includes(member.type)) throw wrongType(member, types)
  if (member.empty && member.type === 'array') throw refusal(member, 'must not be empty')
}

function checkRule(member: JsonMember, bytes: Uint8Array, rule: Rule): void {
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
