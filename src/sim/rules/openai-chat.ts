// What OpenAI's Chat Completions refuses.
// Sources: OpenAI's API reference and the messages of its errors in public reports.
import { type Fields } from '../wire/fields.ts'
import { checkChatMessages } from './chat-messages.ts'
import { isOpenAiReasoning, refusesReasonedTools } from './models.ts'
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
import { checkOpenAiParameters, checkOpenAiStrict } from './schemas.ts'

const KNOWN = wordSet(`
  messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
  max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
  prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed
  service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user
  verbosity web_search_options
`)

export const OPENAI_NAME = /^[a-zA-Z0-9_-]{1,64}$/

export function checkOpenAiChat(report: Report, body: Fields): void {
  checkKnown(report, '', body, KNOWN)
  checkControls(report, body)
  checkChatTools(report, body, true)
  checkAnswerFormat(report, body)
  checkModel(report, body)
  checkChatMessages(report, body['messages'], 'hosted')
}

function checkControls(report: Report, body: Fields): void {
  checkRange(report, 'temperature', body['temperature'], 0, 2)
  checkRange(report, 'top_p', body['top_p'], 0, 1)
  checkRange(report, 'n', body['n'], 1, 128)
  checkRange(report, 'frequency_penalty', body['frequency_penalty'], -2, 2)
  checkRange(report, 'presence_penalty', body['presence_penalty'], -2, 2)
  checkRange(report, 'max_tokens', body['max_tokens'], 1)
  checkRange(report, 'max_completion_tokens', body['max_completion_tokens'], 1)
  if (isGiven(body, 'max_tokens') && isGiven(body, 'max_completion_tokens'))
    report('max_tokens', 'not together with max_completion_tokens')
  if (listOf(body['stop']).length > 4) report('stop', 'at most 4 sequences')
  if (isGiven(body, 'stream_options') && body['stream'] !== true) report('stream_options', 'only with stream: true')
  if (isGiven(body, 'top_logprobs') && body['logprobs'] !== true) report('top_logprobs', 'only with logprobs: true')
}

/** The tools of a request, hosted or not. `schemas`: the server checks the schemas of parameters as OpenAI does. */
export function checkChatTools(report: Report, body: Fields, schemas: boolean): void {
  const tools = listOf(body['tools'])
  if (Array.isArray(body['tools']) && tools.length === 0) report('tools', 'an empty list')
  if (tools.length > 128 && schemas) report('tools', 'at most 128 tools')
  const named = tools.map((tool, index) => chatTool(report, tool, `tools[${index}]`, schemas))
  checkToolNames(report, named, OPENAI_NAME)
  checkChoice(report, body, named)
}

function chatTool(report: Report, tool: unknown, place: string, schemas: boolean): NamedTool {
  const { type, function: described, custom } = fieldsOf(tool)
  if (type === 'custom' && schemas) return { name: fieldsOf(custom)['name'], place }
  if (type !== 'function') report(place, `unknown type of tool ${JSON.stringify(type)}`)
  const { name, parameters, strict } = fieldsOf(described)
  if (schemas && parameters !== undefined && parameters !== null) {
    checkOpenAiParameters(report, `${place}.function.parameters`, parameters)
    if (strict === true) checkOpenAiStrict(report, `${place}.function.parameters`, parameters)
  }
  return { name, place: `${place}.function.name` }
}

function checkChoice(report: Report, body: Fields, tools: readonly NamedTool[]): void {
  const choice = body['tool_choice'] ?? undefined
  if (tools.length === 0) {
    for (const name of ['tool_choice', 'parallel_tool_calls'])
      if (isGiven(body, name)) report(name, 'only allowed when tools are specified')
    return
  }
  if (choice === undefined || choice === 'auto' || choice === 'none' || choice === 'required') return
  const { type, function: named, custom } = fieldsOf(choice)
  if (type === 'function' || type === 'custom')
    checkForced(report, 'tool_choice', fieldsOf(named ?? custom)['name'], tools)
  else if (type !== 'allowed_tools') report('tool_choice', 'an unknown choice')
}

function checkAnswerFormat(report: Report, body: Fields): void {
  const { type, json_schema: described } = fieldsOf(body['response_format'])
  if (type === 'json_object' && !/json/i.test(JSON.stringify(body['messages'] ?? '')))
    report('messages', 'must contain the word "json" to use response_format json_object')
  if (type !== 'json_schema') return
  const { name, schema, strict } = fieldsOf(described)
  checkName(report, 'response_format.json_schema.name', name, OPENAI_NAME)
  if (strict === true) checkOpenAiStrict(report, 'response_format.json_schema.schema', schema)
}

const SAMPLING = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
]

function checkModel(report: Report, body: Fields): void {
  const model = textOf(body['model'])
  if (model === '') report('model', 'is missing')
  if (!isOpenAiReasoning(model)) return
  if (isGiven(body, 'max_tokens')) report('max_tokens', 'unsupported by this model; use max_completion_tokens')
  const effort = body['reasoning_effort'] ?? (/gpt-5\.[1-9]|gpt-[6-9]/.test(model) ? 'none' : 'medium')
  if (effort !== 'none')
    for (const name of SAMPLING)
      if (isGiven(body, name) && body[name] !== 1 && body[name] !== 0 && body[name] !== false)
        report(name, 'unsupported while this model reasons')
  if (refusesReasonedTools(model, body['reasoning_effort']) && listOf(body['tools']).length > 0)
    report('tools', 'this model takes functions here only with reasoning_effort "none"; use /v1/responses')
}
