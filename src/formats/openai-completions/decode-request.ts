import { decodeSampling } from '../openai-shared/decode-sampling.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { type Fields, requestFields } from '../fields/fields.ts'
import { withRequestPath } from '../fields/request-paths.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { RequestFacts } from '../format.ts'
import { NAME } from './name.ts'

/**
 * Decodes a request of the older Completions API for a chat model: the prompt is the message of a user. Throws
 * GatewayError `invalid_request`, and `unsupported_parameter` for what a chat model cannot do: several prompts, prompts
 * as tokens, and what concerns the text itself (`echo`, `suffix`, `best_of`, `logprobs`).
 * Source: https://platform.openai.com/docs/api-reference/completions/create
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const options = fields.object('stream_options')
  const isStream = fields.boolean('stream')
  checkDemands(fields)
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: [messageOf(promptIn(fields))],
    tools: [],
    sampling: decodeSampling(fields),
    ...defined({ maxOutput: fields.number('max_tokens'), user: fields.string('user') }),
    stop: decodeStop(fields),
    stream: facts.stream ?? isStream ?? false,
    wantsUsage: options?.boolean('include_usage') ?? false,
    ...fields.extra({ stream_options: options?.rest() }),
  }
}

const messageOf = (text: string): Message => {
  const part = withRequestPath({ type: 'text', text } as const, 'prompt')
  return withRequestPath({ role: 'user', parts: [part], isPlain: true }, 'prompt')
}

const WHY = 'this model has only a chat API, which completes no text'

function checkDemands(fields: Fields): void {
  const choices = fields.number('n') ?? 1
  const demands: Readonly<Record<string, boolean>> = {
    echo: fields.boolean('echo') === true,
    suffix: (fields.string('suffix') ?? '') !== '',
    best_of: (fields.number('best_of') ?? choices) !== choices,
    logprobs: fields.number('logprobs') !== undefined,
  }
  for (const [field, isDemanded] of Object.entries(demands)) if (isDemanded) throw unsupported(field, WHY)
}

function promptIn(fields: Fields): string {
  const prompt = fields.any('prompt')
  const list: readonly unknown[] = Array.isArray(prompt) ? prompt : [prompt]
  if (list.length > 0 && list.every(isTokens)) throw unsupported('prompt', `${WHY}: send text instead of tokens`)
  const at = list.findIndex((text) => typeof text !== 'string')
  if (at !== -1 || list.length === 0)
    throw fields.wrong(Array.isArray(prompt) ? `prompt[${at}]` : 'prompt', 'must be a string')
  if (list.length > 1) throw unsupported('prompt', `${WHY}: send one prompt per request`)
  return list[0] as string
}

const isTokens = (item: unknown): boolean =>
  typeof item === 'number' || (Array.isArray(item) && item.every((token) => typeof token === 'number'))

function decodeStop(fields: Fields): readonly string[] {
  const stop = fields.any('stop') ?? []
  const list: unknown[] = Array.isArray(stop) ? stop : [stop]
  if (list.every((sequence) => typeof sequence === 'string')) return list as string[]
  throw fields.wrong('stop', 'must be a string or a list of strings')
}
