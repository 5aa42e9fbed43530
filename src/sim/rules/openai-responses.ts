// What OpenAI's Responses refuses.
// Sources: OpenAI's API reference and the messages of its errors in public reports.
import type { Fields } from '../wire/fields.ts'
import { OPENAI_NAME } from './openai-chat.ts'
import { isOpenAiReasoning } from './models.ts'
import {
  checkForced,
  checkKnown,
  checkName,
  checkRange,
  checkToolNames,
  fieldsOf,
  isGiven,
  listOf,
  type NamedTool,
  type Report,
  textOf,
  wordSet,
} from './report.ts'
import { checkItems } from './responses-items.ts'
import { checkOpenAiParameters, checkOpenAiStrict } from './schemas.ts'

const KNOWN = wordSet(`
  access_programs background client_metadata context_management conversation image include input instructions
  max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt
  prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store
  stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user
`)

export function checkOpenAiResponses(report: Report, body: Fields): void {
  checkKnown(report, '', body, KNOWN)
  checkControls(report, body)
  checkTools(report, body)
  checkFormat(report, body)
  const isStateful = ['previous_response_id', 'conversation', 'prompt'].some((name) => isGiven(body, name))
  if (typeof body['input'] === 'string' || (isStateful && !isGiven(body, 'input'))) return
  if (!Array.isArray(body['input']) || (body['input'].length === 0 && !isGiven(body, 'instructions')))
    return report('input', 'must be a text or a list that is not empty')
  checkItems(report, body['input'], { isStateful, isStored: body['store'] !== false })
}

function checkControls(report: Report, body: Fields): void {
  if (textOf(body['model']) === '' && !isGiven(body, 'prompt')) report('model', 'is missing')
  checkRange(report, 'temperature', body['temperature'], 0, 2)
  checkRange(report, 'top_p', body['top_p'], 0, 1)
  checkRange(report, 'max_output_tokens', body['max_output_tokens'], 16)
  checkRange(report, 'top_logprobs', body['top_logprobs'], 0, 20)
  const { effort } = fieldsOf(body['reasoning'])
  const reasons =
    isOpenAiReasoning(textOf(body['model'])) && isGiven(fieldsOf(body['reasoning']), 'effort') && effort !== 'none'
  for (const name of ['temperature', 'top_p'])
    if (reasons && isGiven(body, name) && body[name] !== 1) report(name, 'unsupported while this model reasons')
}

const NAMED = new Set(['function', 'custom', 'namespace'])

function checkTools(report: Report, body: Fields): void {
  const tools = listOf(body['tools']).map((tool, index) => responsesTool(report, tool, `tools[${index}]`))
  const named = tools.filter((tool) => tool !== undefined)
  checkToolNames(report, named, OPENAI_NAME)
  const { type, name } = fieldsOf(body['tool_choice'])
  if (type === 'function' || type === 'custom') checkForced(report, 'tool_choice', name, named)
  if (tools.length === 0 && (body['tool_choice'] === 'required' || type !== undefined))
    report('tool_choice', 'only allowed when tools are specified')
}

/** The tool if it has a name of its own; undefined for a tool that OpenAI runs itself. */
function responsesTool(report: Report, tool: unknown, place: string): NamedTool | undefined {
  const { type, name, parameters, strict, tools, function: nested } = fieldsOf(tool)
  if (typeof type !== 'string') report(`${place}.type`, 'is missing')
  if (!NAMED.has(textOf(type))) return undefined
  if (isGiven(fieldsOf({ nested }), 'nested')) report(`${place}.function`, 'unknown field; a function is flat here')
  if (type === 'namespace')
    listOf(tools).forEach((inner, index) => responsesTool(report, inner, `${place}.tools[${index}]`))
  if (type === 'function' && parameters !== undefined && parameters !== null) {
    checkOpenAiParameters(report, `${place}.parameters`, parameters)
    if (strict === true) checkOpenAiStrict(report, `${place}.parameters`, parameters)
  }
  return { name, place: `${place}.name` }
}

function checkFormat(report: Report, body: Fields): void {
  const { type, name, schema, strict } = fieldsOf(fieldsOf(body['text'])['format'])
  if (type === 'json_object' && !/json/i.test(JSON.stringify([body['input'], body['instructions']])))
    report('input', 'must contain the word "json" to use text.format json_object')
  if (type !== 'json_schema') return
  checkName(report, 'text.format.name', name, OPENAI_NAME)
  if (strict === true) checkOpenAiStrict(report, 'text.format.schema', schema)
}
