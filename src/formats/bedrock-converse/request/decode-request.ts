import type { ChatRequest, Effort, Message, OutputFormat, ReasoningControl } from '../../../chat/request.ts'
import { type Fields, isRecord, requestFields } from '../../fields/fields.ts'
import type { RequestFacts } from '../../format.ts'
import { withOriginal } from '../../fields/originals.ts'
import { decodeBlocks } from '../content/decode-blocks.ts'
import { decodeToolConfig } from './decode-tools.ts'
import { CONVERSE } from '../name.ts'

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const satisfies readonly Effort[]

/**
 * Reads a Converse request; the path has the model and whether to stream. Of the model's own fields, Claude's
 * `thinking`, `top_k` and `tool_choice` are read. Nulls, empty lists and empty objects are treated as absent.
 * Throws GatewayError `invalid_request`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const inference = fields.object('inferenceConfig')
  const own = fields.object('additionalModelRequestFields')
  const { tools, choice, rest: toolRest } = decodeToolConfig(fields, own)
  const controls = decodeControls(fields, own)
  const metadata = fields.record('requestMetadata')
  const tier = fields.object('serviceTier')
  const tierName = tier?.string('type')
  const maxOutput = inference?.number('maxTokens')
  return {
    format: CONVERSE,
    model: facts.model,
    messages: decodeMessages(fields),
    tools,
    ...choice,
    ...(controls.output && { output: controls.output }),
    ...(controls.reasoning && { reasoning: controls.reasoning }),
    sampling: decodeSampling(inference, own),
    ...(maxOutput !== undefined && { maxOutput }),
    stop: decodeStop(inference),
    stream: facts.stream ?? false,
    wantsUsage: true,
    ...(metadata && { metadata }),
    ...(tierName !== undefined && { tier: tierName }),
    ...fields.extra({
      toolConfig: toolRest,
      inferenceConfig: inference?.rest(),
      additionalModelRequestFields: own?.rest(),
      outputConfig: controls.rest,
      serviceTier: tier?.rest(),
    }),
  }
}

function decodeMessages(fields: Fields): Message[] {
  const system = decodeBlocks(fields.objects('system') ?? [])
  const messages = fields.objects('messages')
  if (!messages) throw fields.wrong('messages', 'is missing')
  return [...(system.length > 0 ? [{ role: 'system', parts: system } as const] : []), ...messages.map(decodeMessage)]
}

function decodeMessage(message: Fields): Message {
  const role = message.oneOf('role', ['user', 'assistant'])
  if (role === undefined) throw message.wrong('role', 'is missing')
  const content = message.objects('content')
  if (!content) throw message.wrong('content', 'is missing')
  return { role, parts: decodeBlocks(content), ...message.extra() }
}

function decodeStop(inference: Fields | undefined): readonly string[] {
  const stop = inference?.list('stopSequences') ?? []
  const at = stop.findIndex((sequence) => typeof sequence !== 'string')
  if (at !== -1) throw inference!.wrong(`stopSequences[${at}]`, 'must be a string')
  return stop as readonly string[]
}

function decodeSampling(inference: Fields | undefined, own: Fields | undefined): ChatRequest['sampling'] {
  const [temperature, topP] = [inference?.number('temperature'), inference?.number('topP')]
  const topK = own?.number('top_k')
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
  }
}

interface Controls {
  readonly output: OutputFormat | undefined
  readonly reasoning: ReasoningControl | undefined
  /** Unread fields of `outputConfig`. */
  readonly rest: unknown
}

function decodeControls(fields: Fields, own: Fields | undefined): Controls {
  const config = fields.object('outputConfig')
  const output = config && decodeOutput(config)
  const effort = config?.oneOf('effort', EFFORTS)
  const reasoning = { ...decodeThinking(own), ...(effort && { effort }) }
  return { output, reasoning: Object.keys(reasoning).length > 0 ? reasoning : undefined, rest: config?.rest() }
}

/**
 * Reads a schema, which Converse encodes as a string and gets back unchanged. Other output formats stay an extra field.
 */
function decodeOutput(config: Fields): OutputFormat | undefined {
  const given = config.peek('textFormat')
  if (!isRecord(given) || given['type'] !== 'json_schema') return undefined
  const definition = config.requiredObject('textFormat').requiredObject('structure').requiredObject('jsonSchema')
  const text = definition.requiredString('schema')
  const name = definition.string('name')
  const description = definition.string('description')
  return {
    type: 'json-schema',
    schema: withOriginal(schemaIn(text, definition), text),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  }
}

function schemaIn(text: string, definition: Fields): Record<string, unknown> {
  try {
    const schema: unknown = JSON.parse(text)
    if (isRecord(schema)) return schema
  } catch {
    // Reported below.
  }
  throw definition.wrong('schema', 'must be a JSON object in a string')
}

const MODES: Readonly<Record<string, ReasoningControl['mode']>> = {
  enabled: 'on',
  disabled: 'off',
  adaptive: 'adaptive',
}

const DISPLAYS: Readonly<Record<string, ReasoningControl['summary']>> = { summarized: 'auto', omitted: 'none' }

/** Reads Claude's `thinking`. If the canonical control cannot express it, it stays an extra field. */
function decodeThinking(own: Fields | undefined): ReasoningControl {
  const given = own?.peek('thinking')
  if (!isRecord(given)) return {}
  const { type, budget_tokens: budgetTokens, display, ...rest } = given
  const mode = lookUp(MODES, type)
  const summary = lookUp(DISPLAYS, display)
  const isKnown =
    Object.keys(rest).length === 0 &&
    (budgetTokens === undefined || typeof budgetTokens === 'number') &&
    (display === undefined || summary !== undefined)
  if (!mode || !isKnown) return {}
  own!.any('thinking')
  return { mode, ...(budgetTokens !== undefined && { budgetTokens }), ...(summary && { summary }) }
}

const lookUp = <Value>(table: Readonly<Record<string, Value>>, key: unknown): Value | undefined =>
  typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined
