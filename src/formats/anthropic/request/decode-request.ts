import type { ChatRequest, Effort, Message, OutputFormat, ReasoningControl } from '../../../chat/request.ts'
import type { RequestFacts } from '../../format.ts'
import { type Fields, requestFields } from '../../fields/fields.ts'
import { stringOf } from '../../fields/values.ts'
import { decodeCache } from '../content/cache.ts'
import { decodeContent } from '../content/decode-blocks.ts'
import { decodeTool, decodeToolChoice } from './decode-tools.ts'
import { ANTHROPIC } from '../../claude/name.ts'

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const satisfies readonly Effort[]

/**
 * Reads a Messages request, or the body of a token count, which is the same without `max_tokens`. The top-level
 * `system` becomes the first message. Nulls, empty lists, `stream: false` and the tool type `custom` are treated as
 * absent. `output_format` of the earlier beta is read as `output_config.format`. Throws GatewayError `invalid_request`.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const model = fields.string('model') ?? facts.model
  const messages = [...decodeSystem(fields), ...(fields.objects('messages') ?? missing(fields)).map(decodeMessage)]
  const tools = fields.objects('tools')?.map(decodeTool) ?? []
  const { choice, rest: choiceRest } = decodeToolChoice(fields)
  const { output, reasoning, inner } = decodeControls(fields)
  const { mark, rest: cacheRest } = decodeCache(fields)
  const metadata = fields.object('metadata')
  const user = metadata?.string('user_id')
  const isStream = fields.boolean('stream')
  return {
    format: ANTHROPIC,
    model,
    messages,
    tools,
    ...choice,
    ...(output && { output }),
    ...(reasoning && { reasoning }),
    ...decodeNumbers(fields),
    stop: decodeStop(fields),
    stream: facts.stream ?? isStream ?? false,
    wantsUsage: true,
    ...(user !== undefined && { user }),
    ...decodeTier(fields),
    ...mark,
    ...fields.extra({
      tool_choice: choiceRest,
      cache_control: cacheRest,
      ...inner,
      metadata: metadata?.rest(),
    }),
  }
}

function missing(fields: Fields): never {
  throw fields.wrong('messages', 'is missing')
}

const decodeSystem = (fields: Fields): Message[] =>
  fields.any('system') == null ? [] : [{ role: 'system', ...decodeContent(fields, 'system') }]

function decodeMessage(message: Fields): Message {
  const role = message.oneOf('role', ['user', 'assistant', 'system'])
  if (role === undefined) throw message.wrong('role', 'is missing')
  return { role, ...decodeContent(message), ...message.extra() }
}

function decodeStop(fields: Fields): readonly string[] {
  const stop = fields.list('stop_sequences') ?? []
  const at = stop.findIndex((sequence) => typeof sequence !== 'string')
  if (at !== -1) throw fields.wrong(`stop_sequences[${at}]`, 'must be a string')
  return stop as readonly string[]
}

function decodeNumbers(fields: Fields): Pick<ChatRequest, 'sampling' | 'maxOutput'> {
  const maxOutput = fields.number('max_tokens')
  const [temperature, topP, topK] = [fields.number('temperature'), fields.number('top_p'), fields.number('top_k')]
  return {
    ...(maxOutput !== undefined && { maxOutput }),
    sampling: {
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(topK !== undefined && { topK }),
    },
  }
}

/** The tier, by OpenAI's names. `speed: fast` takes precedence; `service_tier` then stays an extra field. */
function decodeTier(fields: Fields): { tier?: string } {
  if (fields.peek('speed') === 'fast') {
    fields.any('speed')
    return { tier: 'fast' }
  }
  const tier = { auto: 'auto', standard_only: 'default' }[stringOf(fields.peek('service_tier'))]
  if (tier === undefined) return {}
  fields.any('service_tier')
  return { tier }
}

interface Controls {
  readonly output?: OutputFormat | undefined
  readonly reasoning?: ReasoningControl | undefined
  /** Unread fields of the objects that were read. */
  readonly inner: Readonly<Record<string, unknown>>
}

function decodeControls(fields: Fields): Controls {
  const config = fields.object('output_config')
  const format = config?.object('format') ?? fields.object('output_format')
  const effort = config?.oneOf('effort', EFFORTS)
  const { control, rest } = decodeThinking(fields)
  const reasoning = { ...control, ...(effort && { effort }) }
  const output = format && decodeOutput(format)
  const configRest = { ...config?.rest(), ...(format?.rest() && { format: format.rest() }) }
  return {
    output,
    reasoning: Object.keys(reasoning).length > 0 ? reasoning : undefined,
    inner: { thinking: rest, output_config: Object.keys(configRest).length > 0 ? configRest : undefined },
  }
}

function decodeOutput(format: Fields): OutputFormat {
  format.oneOf('type', ['json_schema'])
  const schema = format.record('schema')
  if (!schema) throw format.wrong('schema', 'is missing')
  return { type: 'json-schema', schema }
}

const MODES: Readonly<Record<string, NonNullable<ReasoningControl['mode']>>> = {
  enabled: 'on',
  disabled: 'off',
  adaptive: 'adaptive',
}

/** Only Anthropic understands a type that is not in the table (`between_tools`): it stays an extra field. */
function decodeThinking(fields: Fields): { control: ReasoningControl; rest: unknown } {
  const thinking = fields.object('thinking')
  if (!thinking) return { control: {}, rest: undefined }
  const type = thinking.requiredString('type')
  const mode = Object.hasOwn(MODES, type) ? MODES[type] : undefined
  if (!mode) return { control: {}, rest: thinking.whole() }
  const budgetTokens = thinking.number('budget_tokens')
  const display = thinking.oneOf('display', ['summarized', 'omitted'])
  return {
    control: {
      mode,
      ...(budgetTokens !== undefined && { budgetTokens }),
      ...(display && { summary: display === 'omitted' ? 'none' : 'auto' }),
    },
    rest: thinking.rest(),
  }
}
