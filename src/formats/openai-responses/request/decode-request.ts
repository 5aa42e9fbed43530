import type { ChatRequest, Effort, OutputFormat, ReasoningControl, Sampling } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import { type Fields, requestFields } from '../../fields/fields.ts'
import { stringOf } from '../../fields/values.ts'
import type { RequestFacts } from '../../format.ts'
import { decodeInput } from './decode-input.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { NAME } from '../name.ts'

/**
 * Decodes a Responses request. Fields of this format only are carried. Fields that need stored responses
 * (`previous_response_id`, `conversation`, `background`) are rejected when the request is encoded in another format.
 * Throws GatewayError `invalid_request`, naming the field.
 * Source: https://platform.openai.com/docs/api-reference/responses/create
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const { reasoning, rest: control } = decodeReasoning(fields)
  const { output, verbosity, rest: text } = decodeText(fields)
  const known = {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: decodeInput(fields),
    tools: decodeTools(fields),
    sampling: decodeSampling(fields),
    stop: [],
    stream: facts.stream ?? fields.boolean('stream') ?? false,
    wantsUsage: true,
    ...defined({
      toolChoice: decodeToolChoice(fields),
      parallelTools: fields.boolean('parallel_tool_calls'),
      output,
      reasoning,
      verbosity,
      maxOutput: fields.number('max_output_tokens'),
      user: fields.string('safety_identifier') ?? fields.string('user'),
      metadata: fields.record('metadata'),
      tier: fields.string('service_tier'),
      store: fields.boolean('store'),
      cacheKey: fields.string('prompt_cache_key'),
    }),
  }
  fields.any('stream')
  return { ...known, ...fields.extra({ reasoning: control, text }) }
}

const LOGPROBS = 'message.output_text.logprobs'

/** `include` is carried unchanged: it selects the parts of the response that the client wants. */
function decodeSampling(fields: Fields): Sampling {
  const include = fields.peek('include') ?? undefined
  if (include !== undefined && !(Array.isArray(include) && include.every((item) => typeof item === 'string')))
    throw fields.wrong('include', 'must be a list of strings')
  if (include?.length === 0) fields.any('include')
  return defined({
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    topLogprobs: fields.number('top_logprobs'),
    logprobs: include?.includes(LOGPROBS) ? true : undefined,
  })
}

const EFFORTS: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] satisfies Effort[]
const SUMMARIES: readonly string[] = ['auto', 'concise', 'detailed'] satisfies ReasoningControl['summary'][]

/** Unknown values are carried. */
function decodeReasoning(fields: Fields): { reasoning?: ReasoningControl; rest?: object } {
  const inner = fields.object('reasoning')
  if (!inner) return {}
  const control = defined({
    effort: EFFORTS.includes(stringOf(inner.peek('effort'))) ? (inner.string('effort') as Effort) : undefined,
    summary: SUMMARIES.includes(stringOf(inner.peek('summary')))
      ? (inner.string('summary') as ReasoningControl['summary'])
      : undefined,
  })
  return { ...(Object.keys(control).length > 0 && { reasoning: control }), ...defined({ rest: inner.rest() }) }
}

function decodeText(fields: Fields): Pick<ChatRequest, 'output' | 'verbosity'> & { rest?: object } {
  const text = fields.object('text')
  if (!text) return {}
  const output = decodeOutput(text)
  return defined({
    output,
    verbosity: text.oneOf('verbosity', ['low', 'medium', 'high']),
    rest: text.rest(),
  })
}

/** Flat in this format: `{type, name, schema, strict, description}`. Other types are carried unchanged. */
function decodeOutput(text: Fields): OutputFormat | undefined {
  const type = (text.peek('format') as { type?: unknown } | null | undefined)?.type
  if (text.peek('format') === undefined || text.peek('format') === null) return undefined
  if (type === 'text') return read(text, { type: 'text' })
  if (type === 'json_object') return read(text, { type: 'json' })
  if (type !== 'json_schema') {
    text.at(text.peek('format'), 'text.format').requiredString('type')
    return undefined
  }
  const format = text.requiredObject('format')
  return {
    type: 'json-schema',
    schema: format.record('schema') ?? {},
    ...defined({
      name: format.string('name'),
      description: format.string('description'),
      strict: format.boolean('strict'),
    }),
  }
}

function read(text: Fields, output: OutputFormat): OutputFormat {
  text.any('format')
  return output
}
